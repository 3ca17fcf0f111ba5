#!/usr/bin/env node
// A browser whose user accepts: submits the form of the consent page and follows the redirect.
const page = process.argv[2] ?? '';
const consent = await fetch(page, {
  method: 'POST',
  redirect: 'manual',
  body: new URLSearchParams({ decision: 'accept' }),
});
await fetch(consent.headers.get('location') ?? '');
