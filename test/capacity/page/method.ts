import { agrees } from '../agreement.ts';
import type { CapacityResult } from '../capacity.ts';
import { CALL_MS, MS_PER_KILOBYTE } from '../region/region.ts';
import { ANSWER_MS } from '../region/zoho.ts';
import { table } from './figures.ts';

/** Which figures are which, what is assumed, and how well the model agrees with the real handler. */
export function renderMethod({ stores }: CapacityResult): string {
  return `- **Measured on the real handler**: everything that says *real handler* or *measured*, and the days of 1 and 100 connections. The handler runs with its real
  adapters, down to the commands of the AWS SDK and the call of \`fetch\`; the clock, AWS and Zoho are simulated (\`test/capacity/real\`,
  \`test/capacity/region\`).
- **Modeled**: the days, outages and hangs of 10,000 connections and more (\`test/capacity/model\`). A day of 60,000 connections has 1.6 million refreshes, too
  many to run each of them. The model has the rules of a tick, uses the product's own functions for what they decide, and takes from the real
  handler what a refresh, a failure, a look and a tick use. In the same run it must reproduce an hour, an outage and a recovery of the real
  handler, or the run fails: see the table below.
- **Scaled**: of a fleet with shards, one shard is run, with the connections that belong to it. Sums and costs are multiplied by the number of shards.
- **Computed**: costs, from the use and the list prices; ceilings, from the rate.

Assumed: a call of AWS takes ${CALL_MS} ms, a query ${MS_PER_KILOBYTE} ms more for each KB; Zoho answers in ${ANSWER_MS} ms; a tick begins up to a second late; indexes are up to a
second behind. No span of a second gets more than a limit allows, and what AWS throttles is repeated as the SDK does. The time of the
processor is not simulated: on a machine of two cores, the real handler takes about 0.5 ms for a refresh.

${stores.map(({ store, agreements }) => renderAgreement(store, agreements)).join('\n\n')}

\`npm run capacity\` prints every figure that has to be met and exits with 1 if one is not; \`--check\` compares the run with this page.`;
}

function renderAgreement(store: string, agreements: CapacityResult['stores'][number]['agreements']): string {
  const rows = agreements.map((agreement) => {
    const { what, real, model, tolerance } = agreement;
    const allowed = 'share' in tolerance ? `${tolerance.share * 100} %` : String(tolerance.amount);
    return [what, figure(real), figure(model), allowed, agrees(agreement) ? 'yes' : '**no**'];
  });
  const name = store === 'dynamodb' ? 'DynamoDB' : 'Secrets Manager';
  return table([`10,000 in ${name}`, 'real handler', 'model', 'tolerance', 'agrees'], rows);
}

function figure(number: number): string {
  return number >= 1000 ? Math.round(number).toLocaleString('en-US') : String(Math.round(number * 10) / 10);
}
