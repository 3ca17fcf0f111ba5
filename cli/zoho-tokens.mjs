#!/usr/bin/env node
// In a checkout the sources run as they are; a package contains one bundle instead.
import { existsSync } from 'node:fs';

const source = new URL('./main.ts', import.meta.url);

if (existsSync(source)) {
  const { register } = await import('tsx/esm/api');
  register();
  await import(source.href);
} else {
  await import(new URL('../dist/zoho-tokens.mjs', import.meta.url).href);
}
