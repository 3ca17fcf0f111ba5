import { expect, test } from 'vitest';
import { withRefusedPending } from '../../../../lambdas/core/refresh/refusal-transitions.ts';
import { blockedConnection, failureOf, NOW_MS } from '../../../support/builders.ts';

test('a new secret that Zoho refuses as well names the command with the client', () => {
  const lastFailure = { ...failureOf('invalid_client_secret'), atMs: NOW_MS };
  const connection = blockedConnection({ client: 'acme-app', lastFailure });

  const { lastFailure: recorded } = withRefusedPending(connection, 'pending-1', { nowMs: NOW_MS });

  expect(recorded?.code).toBe('invalid_client_secret');
  expect(recorded?.message).toMatch(/run: zoho-tokens client rotate acme-app$/);
});
