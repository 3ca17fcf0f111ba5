import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { bundleWorker } from '../simulation/bundle.ts';
import * as client from '../simulation/client-rotation.ts';
import { edit, type SourceEdit } from '../simulation/promises/defect.ts';

/** A thousand connections, which three processes refresh. */
const FLEET = { connections: 1_000, seed: 1 };
/** Enough for a defect, and for a page. */
const SMALL = { connections: 60, seed: 1 };

describe('a rotated client secret leaves no connection of 1,000 without a valid token for a second', () => {
  it.each([
    ['two minutes before', -2],
    ['at the rotation', 0],
    ['an hour later', 60],
  ])('if Zoho ends the old secret %s', async (_, endsAfterMinutes) => {
    const { problems, fleet } = await client.rotateClient({ ...FLEET, endsAfterMinutes });

    expect(problems).toEqual([]);
    expect(fleet.count(({ generation }) => generation > 1)).toBe(FLEET.connections);
    expect(fleet.counts.promotions).toBeGreaterThan(1);
    expect(fleet.counts.died).toBeGreaterThan(10);
  });

  it('if it is rotated again while a process is about to make the first new one current', async () => {
    const { problems, fleet } = await client.rotateTwice(FLEET);

    expect(problems).toEqual([]);
    expect(fleet.counts.froze).toBeGreaterThan(0);
    expect(fleet.counts.promotions).toBeGreaterThan(0);
  });
});

it('on-call gets one page for a refused client, and one when it is accepted again', async () => {
  const { problems } = await client.refuseClient(SMALL);

  expect(problems).toEqual([]);
});

describe('this finds the defect', () => {
  it.each<[string, (from: typeof client) => Promise<client.FleetResult>, RegExp, SourceEdit]>([
    [
      'the other secret is not tried',
      ({ rotateClient }) => rotateClient({ ...SMALL, endsAfterMinutes: 0 }),
      /had no valid token/,
      edit('lambdas/refresher/choose-credentials.ts', '!isSecretRefused(seen)', 'seen.generation > 0'),
    ],
    [
      'a promotion overwrites a newer rotation',
      ({ rotateTwice }) => rotateTwice(SMALL),
      /AWSCURRENT was first, third, second/,
      edit(
        'lambdas/adapters/client-secrets.ts',
        'return moveLabel(client, { secretName, label: CURRENT, toVersionId, fromVersionId }, signal);',
        'return read(name, CURRENT, signal).then((now) => moveLabel(client, { secretName, label: CURRENT, toVersionId, fromVersionId: now?.versionId ?? fromVersionId }, signal));',
      ),
    ],
    [
      'each connection of a refused client is notified',
      ({ refuseClient }) => refuseClient(SMALL),
      /on-call got \d{2,}/,
      edit('lambdas/refresher/notify-of-client.ts', "if (verdict !== 'publish') return verdict;", ''),
    ],
    [
      'two ticks publish the same',
      ({ refuseClient }) => refuseClient(SMALL),
      /on-call got [3-9]/,
      edit(
        'lambdas/refresher/publish-notifications.ts',
        'notification.client === undefined ? row : await claim(context, row)',
        'row',
      ),
    ],
  ])('%s', async (name, run, problem, defect) => {
    const bundle = await bundleWorker(`client-${name.replaceAll(' ', '-')}`, [defect], 'client-rotation.ts');

    const { problems } = await run((await import(pathToFileURL(bundle).href)) as typeof client);

    expect(problems.join('\n')).toMatch(problem);
  });
});
