import { describe, it } from 'vitest';
import { connectionStoreFacts } from './connections.ts';
import type { PortFact, PortsUnderTest } from './contract.ts';
import { credentialsStoreFacts } from './credentials.ts';
import { rotatedCredentialsFacts } from './rotated-credentials.ts';
import { tokenEndpointFacts } from './token-endpoint.ts';
import { tokenStoreFacts } from './tokens.ts';

/** What the core relies on, for each port. */
const CONTRACTS: Readonly<Record<string, readonly PortFact[]>> = {
  'the connections table': connectionStoreFacts,
  'the credentials secrets': credentialsStoreFacts,
  'the credentials secrets, when Zoho rotates a refresh token': rotatedCredentialsFacts,
  'the token secrets': tokenStoreFacts,
  "Zoho's token endpoint": tokenEndpointFacts,
};

/** Declares a test for every fact of every port, in each of the worlds. */
export function testEveryPort(worlds: Readonly<Record<string, () => Promise<PortsUnderTest>>>): void {
  describe.each(Object.entries(CONTRACTS))('%s', (_port, facts) => {
    describe.each(Object.entries(worlds))('%s', (_world, enter) => {
      it.each(facts.map((fact) => [fact.fact, fact] as const))('%s', async (_fact, { check }) => {
        await check(await enter());
      });
    });
  });
}
