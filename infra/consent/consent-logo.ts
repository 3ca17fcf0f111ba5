import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Code, LayerVersion } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { InvalidSettingsError } from '../settings/problems.ts';

const MAX_BYTES = 64 * 1024;
const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** A layer with the logo, so that the bundle is the same in every deployment, and its path in the function. */
export function createLogoLayer(
  scope: Construct,
  id: string,
  path: string,
): { readonly layer: LayerVersion; readonly path: string } {
  const { bytes, kind } = readLogo(path);
  const file = `logo.${kind}`;
  const layer = new LayerVersion(scope, id, {
    description: 'The logo on the pages of Zoho consents',
    code: Code.fromAsset(folderWith(bytes, file)),
  });
  return { layer, path: `/opt/${file}` };
}

/** Throws {@link InvalidSettingsError} for a file that cannot be read, is too large, or is not what its name says. */
function readLogo(path: string): { readonly bytes: Buffer; readonly kind: 'svg' | 'png' } {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    const { code = 'an unknown error' } = error as NodeJS.ErrnoException;
    throw refusal(
      path,
      code === 'ENOENT'
        ? 'does not exist. A relative path begins at the directory in which cdk runs'
        : `cannot be read (${code})`,
    );
  }
  const kind = /\.svg$/i.test(path) ? 'svg' : 'png';
  if (bytes.length > MAX_BYTES)
    throw refusal(path, `has ${bytes.length} bytes. Allowed: at most ${MAX_BYTES}`);
  const isImage =
    kind === 'png' ? bytes.subarray(0, PNG.length).equals(PNG) : /<svg[\s>]/.test(bytes.toString('utf8'));
  if (!isImage) throw refusal(path, `is no ${kind.toUpperCase()} image. Allowed: SVG or PNG`);
  return { bytes, kind };
}

function refusal(path: string, problem: string): InvalidSettingsError {
  return new InvalidSettingsError([`consent.logo: ${JSON.stringify(path)} ${problem}.`]);
}

/** A folder with this one file. Its name is made of its content, so equal logos share one. */
function folderWith(bytes: Buffer, file: string): string {
  const hash = createHash('sha256').update(file).update(bytes).digest('hex').slice(0, 32);
  const folder = join(tmpdir(), `zoho-consent-logo-${hash}`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, file), bytes);
  return folder;
}
