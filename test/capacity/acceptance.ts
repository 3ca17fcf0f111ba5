import { agrees } from './agreement.ts';
import type { CapacityResult } from './capacity.ts';
import { nameOfCase } from './cases.ts';
import { costOfEach } from './cost-items.ts';
import type { Judgement } from './fleet-run.ts';

/** A figure that the project promises, and whether it was reached. */
export interface Check {
  readonly what: string;
  readonly found: string;
  readonly isMet: boolean;
}

const LEAST_SHARE = 0.95;
const MARGIN_MS = 300_000;
const LEAST_AFTER_OWN_FAILURE_MS = 150_000;
const MOST_DOLLARS_AT_10_000 = 0.02;

/** What has to be true of the figures. */
export function checksOf({ stores, cases }: CapacityResult): readonly Check[] {
  return [
    ...stores.flatMap(({ store, steady, recovery, hang, agreements }) => [
      isFast(`${store}, real handler: steady state`, steady.share),
      ...ifMeasured(recovery, isFast(`${store}, real handler: recovery`, recovery.share)),
      ...isEarly(`${store}, real handler: elsewhere, while a data center hangs`, hang),
      ...agreements.map((agreement) => ({
        what: `${store}: the model has the real handler's ${agreement.what}`,
        found: `${round(agreement.model)}, and ${round(agreement.real)}`,
        isMet: agrees(agreement),
      })),
    ]),
    ...cases.flatMap((fleet) => [
      ...isEarly(`${nameOfCase(fleet)}: a day`, fleet.day),
      ...(fleet.hang === undefined
        ? []
        : isEarly(`${nameOfCase(fleet)}: elsewhere, while a data center hangs`, fleet.hang)),
      ...ifMeasured(fleet.recovery, isFast(`${nameOfCase(fleet)}: recovery`, fleet.recovery.share)),
      ...(fleet.store === 'dynamodb' && fleet.connections === 10_000 ? [isCheap(costOfEach(fleet))] : []),
    ]),
  ];
}

/** A small fleet has recovered before a minute is full. */
function ifMeasured({ minutes }: { readonly minutes: number }, check: Check): Check[] {
  return minutes < 2 ? [] : [check];
}

function isFast(what: string, share: number): Check {
  const percent = (share * 100).toFixed(1);
  return { what, found: `${percent} % of the configured rate`, isMet: share >= LEAST_SHARE };
}

function isEarly(what: string, { leastLeftMs, leastLeftAfterOwnFailureMs, late }: Judgement): Check[] {
  return [
    {
      what: `${what}: tokens are replaced 300 s before they expire`,
      found: `${late} were not, ${seconds(leastLeftMs)} left at the least`,
      isMet: late === 0 && leastLeftMs >= MARGIN_MS,
    },
    {
      what: `${what}: those with a failure of their own have 150 s left`,
      found: `${seconds(leastLeftAfterOwnFailureMs)} at the least`,
      isMet: leastLeftAfterOwnFailureMs >= LEAST_AFTER_OWN_FAILURE_MS,
    },
  ];
}

function isCheap(dollars: number): Check {
  return {
    what: `10,000 in DynamoDB: at most $${MOST_DOLLARS_AT_10_000} each and month`,
    found: `$${dollars.toFixed(4)}`,
    isMet: dollars <= MOST_DOLLARS_AT_10_000,
  };
}

function seconds(ms: number): string {
  return Number.isFinite(ms) ? `${Math.floor(ms / 1000)} s` : 'none';
}

function round(figure: number): string {
  return Number.isInteger(figure) ? figure.toLocaleString('en-US') : figure.toFixed(1);
}
