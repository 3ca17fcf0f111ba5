import { buildPackage } from './package.ts';

/** `npm run build`: everything of the package that is not a source file, in `dist/`. */
await buildPackage();
