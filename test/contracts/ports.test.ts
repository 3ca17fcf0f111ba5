import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { processFaults } from '../simulation/call-plan.ts';
import { answeredByZoho, ZOHO_FAULTS } from '../simulation/zoho-faults.ts';
import { connectionStoreFacts } from './ports/connections.ts';
import type { PortFact, PortsUnderTest } from './ports/contract.ts';
import { credentialsStoreFacts } from './ports/credentials.ts';
import { LoopbackPorts } from './ports/loopback.ts';
import { simulatePorts } from './ports/simulated.ts';
import { CHECKED_ZOHO_FAULTS, tokenEndpointFacts } from './ports/token-endpoint.ts';
import { tokenStoreFacts } from './ports/tokens.ts';

/** What the core relies on, for each port. */
const CONTRACTS: Readonly<Record<string, readonly PortFact[]>> = {
  'the connections table': connectionStoreFacts,
  'the credentials secrets': credentialsStoreFacts,
  'the token secrets': tokenStoreFacts,
  "Zoho's token endpoint": tokenEndpointFacts,
};

let loopback: LoopbackPorts;
beforeAll(async () => {
  loopback = await LoopbackPorts.start();
});
afterAll(() => loopback.close());

/** The implementations behind the ports. */
const WORLDS: Readonly<Record<string, () => Promise<PortsUnderTest>>> = {
  'over HTTP, with the real SDK': () => loopback.fresh(),
  'in the simulation': () => Promise.resolve(simulatePorts({ returnsOldItem: true })),
  'in the simulation, whose table does not return the old item': () =>
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
  it('are all covered by these facts, except a slow answer and a shorter life', () => {
    const ofProcesses = Object.keys(processFaults(answeredByZoho));
    const ofZoho = Object.keys(ZOHO_FAULTS).filter((fault) => !ofProcesses.includes(fault));

    expect(CHECKED_ZOHO_FAULTS.toSorted()).toEqual(
      ofZoho.filter((fault) => fault !== 'slow' && fault !== 'a shorter life').toSorted(),
    );
  });
});
