import { describe, expect, it } from 'vitest';
import { processFaults } from '../simulation/call-plan.ts';
import { answeredByZoho, ZOHO_FAULTS } from '../simulation/zoho-faults.ts';
import { testEveryPort } from './ports/every-port.ts';
import { simulatePorts } from './ports/simulated.ts';
import { CHECKED_ZOHO_FAULTS } from './ports/token-endpoint.ts';

testEveryPort({
  'in the simulation': () => Promise.resolve(simulatePorts({ returnsOldItem: true })),
  'in the simulation, whose table does not return the old item': () =>
    Promise.resolve(simulatePorts({ returnsOldItem: false })),
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
