#!/usr/bin/env node
// In a checkout the sources run as they are; a package contains one bundle instead.
import { existsSync } from 'node:fs';

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`zoho-tokens needs Node.js 20.19 or newer; this is ${process.versions.node}.`);
  process.exit(2);
}

const source = new URL('./main.ts', import.meta.url);

if (existsSync(source)) {
  const { register } = await import('tsx/esm/api');
  register();
  await import(source.href);
} else {
  await import(new URL('../dist/zoho-tokens.mjs', import.meta.url).href);
}
