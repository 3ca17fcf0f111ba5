import { expect, test } from 'vitest';
import { ConsentDesk } from '../support/consent-desk.ts';

const CLIENTS = 10;
const INVITES_PER_CLIENT = 5;

test('fifty invites at once complete exactly once each, though each callback comes twice', async () => {
  const desk = await ConsentDesk.start();
  const invites: { readonly id: string; readonly token: string; readonly connection: string }[] = [];
  for (let client = 1; client <= CLIENTS; client += 1) {
    desk.addClient(`client-${client}`);
    for (let serial = 1; serial <= INVITES_PER_CLIENT; serial += 1) {
      const connection = `tenant-${client}-${serial}`;
      const created = { create: true, data_center: 'eu' };
      const invite = await desk.invite({ connection, client: `client-${client}`, ...created });
      invites.push({ ...invite, connection });
    }
  }
  const queries = await Promise.all(
    invites.map(async ({ token }) => await desk.decide(await desk.begin(token))),
  );

  await Promise.all(queries.flatMap((query) => [desk.callback(query), desk.callback(query)]));

  expect(desk.exchanges).toBe(CLIENTS * INVITES_PER_CLIENT);
  for (const { id, connection } of invites) {
    expect(await desk.status(id)).toMatchObject({ status: 'authorized' });
    expect(desk.credentials(connection)).toMatchObject({ invite_id: id });
  }
  await desk.close();
}, 240_000);
