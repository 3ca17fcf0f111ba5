import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { METRICS } from '../../lambdas/core/metrics.ts';
import { LocalDeployment } from '../../sandbox/deployment/local-deployment.ts';
import { METRICS_OF_A_HEALTHY_HOUR, renderCosts } from '../support/costs.ts';

test('the costs in docs/costs.md are what `npm run docs` writes', () => {
  const text = readFileSync(new URL('../../docs/costs.md', import.meta.url), 'utf8');

  expect(text).toBe(renderCosts(text));
});

test('a file without the markers of the table is refused', () => {
  expect(() => renderCosts('# Costs')).toThrow('docs/costs.md needs the lines <!-- costs');
});

test('the custom metrics that are charged are those of a healthy hour', async () => {
  const deployment = await LocalDeployment.start({
    startMs: Date.now(),
    connections: { 'crm-prod': { dataCenter: 'eu', scopes: ['ZohoCRM.modules.ALL'] } },
  });
  try {
    deployment.authorize('crm-prod');
    await deployment.runMinutes(70, { every: 5 });
    const { metrics } = deployment;

    const emitted = Object.keys(METRICS).map((name) => [
      name,
      Number(metrics.ofFleet(name).length > 0) + Number(metrics.ofConnection(name, 'crm-prod').length > 0),
    ]);

    const ofRefresher = Object.entries(METRICS_OF_A_HEALTHY_HOUR).filter(([name]) => name !== 'Unauthorized');
    expect(Object.fromEntries(emitted.filter(([, sets]) => sets !== 0))).toEqual(
      Object.fromEntries(ofRefresher),
    );
  } finally {
    await deployment.close();
  }
});
