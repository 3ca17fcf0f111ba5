import { fileURLToPath } from 'node:url';

/** The functions, by the name of their folder in `dist/lambda`. */
export type LambdaName = 'refresher' | 'example-consumer' | 'consent-api' | 'consent-pages';

/**
 * The folder that holds the bundle of a function, `index.mjs`. The same relative path leads to it from here and from
 * `dist/`, where the package's construct is.
 */
export function lambdaFolder(name: LambdaName): string {
  return fileURLToPath(new URL(`../dist/lambda/${name}`, import.meta.url));
}
