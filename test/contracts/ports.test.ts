import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { processFaults } from '../simulation/call-plan.ts';
import { answeredByZoho, ZOHO_FAULTS } from '../simulation/zoho-faults.ts';
import { connectionStoreFacts } from './ports/connections.ts';
import type { PortFact, PortsUnderTest } from './ports/contract.ts';
import { credentialsStoreFacts } from './ports/credentials.ts';
import { EmbeddedPorts } from './ports/loopback.ts';
import { simulatePorts } from './ports/simulated.ts';
import { JUDGED_ZOHO_FAULTS, tokenEndpointFacts } from './ports/token-endpoint.ts';
import { tokenStoreFacts } from './ports/tokens.ts';

/** What the core relies on, port by port. */
const CONTRACTS: Readonly<Record<string, readonly PortFact[]>> = {
  'the connections table': connectionStoreFacts,
  'the credentials secrets': credentialsStoreFacts,
  'the token secrets': tokenStoreFacts,
  "Zoho's token endpoint": tokenEndpointFacts,
};

let embedded: EmbeddedPorts;
beforeAll(async () => {
  embedded = await EmbeddedPorts.start();
});
afterAll(() => embedded.close());

/** What stands behind the ports. */
const WORLDS: Readonly<Record<string, () => Promise<PortsUnderTest>>> = {
  'over HTTP, with the real SDK': () => embedded.fresh(),
  'in the simulation': () => Promise.resolve(simulatePorts({ returnsOldItem: true })),
  'in the simulation, whose table does not tell who won': () =>
    Promise.resolve(simulatePorts({ returnsOldItem: false })),
};

describe.each(Object.entries(CONTRACTS))('%s', (_port, facts) => {
  describe.each(Object.entries(WORLDS))('%s', (_world, enter) => {
    it.each(facts.map((fact) => [fact.fact, fact] as const))('%s', async (_fact, { check }) => {
      await check(await enter());
    });
  });
});

describe('the faults of the simulated Zoho', () => {
  it('mean to the product what those of the simulator over HTTP mean, but for a slow and a shorter-lived answer', () => {
    const ofProcesses = Object.keys(processFaults(answeredByZoho));
    const ofZoho = Object.keys(ZOHO_FAULTS).filter((fault) => !ofProcesses.includes(fault));

    expect(JUDGED_ZOHO_FAULTS.toSorted()).toEqual(
      ofZoho.filter((fault) => fault !== 'slow' && fault !== 'a shorter life').toSorted(),
    );
  });
});
