import { readFileSync } from 'node:fs';
import * as z from 'zod/mini';
import type { Brand } from './pages/brand.ts';

/** Everything that ConsentPages reads from its environment. */
export interface PagesConfig {
  /** ARN of ConsentApi's alias `pages`. */
  readonly consentApi: string;
  readonly brand: Brand;
}

/** Thrown at cold start. Lists every variable that is wrong, not only the first. */
export class InvalidPagesConfigError extends Error {
  override readonly name = 'InvalidPagesConfigError';
  readonly code = 'invalid_config';
}

const schema = z.object({
  CONSENT_API: z
    .string('is missing')
    .check(
      z.regex(
        /^arn:[\w-]+:lambda:[\w-]+:\d{12}:function:[\w-]+:pages$/,
        'is not the ARN of an alias "pages"',
      ),
    ),
  DISPLAY_NAME: z.string('is missing').check(z.minLength(1, 'is empty'), z.maxLength(200, 'is too long')),
  BASE_URL: z
    .string('is missing')
    .check(
      z.regex(
        /^(https:\/\/|http:\/\/localhost(?=[:/]|$))[^\s/?#@]*$/,
        'is not an origin such as https://host',
      ),
    ),
  LOGO_PATH: z.optional(z.string().check(z.regex(/\.(svg|png)$/, 'is not a file .svg or .png'))),
});

const MEDIA_TYPES: Readonly<Record<string, string>> = { svg: 'image/svg+xml', png: 'image/png' };

/** Throws {@link InvalidPagesConfigError}, also if the logo cannot be read. */
export function readPagesConfig(
  environment: Readonly<Record<string, string | undefined>>,
  readFile: (path: string) => Buffer = (path) => readFileSync(path),
): PagesConfig {
  const parsed = schema.safeParse(environment);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`);
    throw new InvalidPagesConfigError(`${problems.join('; ')}. Deploy the stack again.`);
  }
  const { CONSENT_API: consentApi, DISPLAY_NAME: displayName, BASE_URL, LOGO_PATH } = parsed.data;
  const logo = LOGO_PATH === undefined ? undefined : readLogo(LOGO_PATH, readFile);
  return { consentApi, brand: { displayName, host: new URL(BASE_URL).host, logo } };
}

/** In the page itself: nothing is loaded, and an SVG in an image runs no script. */
function readLogo(path: string, readFile: (path: string) => Buffer): string {
  const mediaType = MEDIA_TYPES[path.slice(path.lastIndexOf('.') + 1)] ?? '';
  try {
    return `data:${mediaType};base64,${readFile(path).toString('base64')}`;
  } catch (cause) {
    throw new InvalidPagesConfigError(
      `The logo ${path} (LOGO_PATH) cannot be read. Deploy the stack again.`,
      {
        cause,
      },
    );
  }
}
