import { expect, test } from 'vitest';
import { parsePipedInput } from '../../../../cli/consent/piped-input.ts';
import { CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN } from '../../../support/builders.ts';

const GIVEN = {
  client_id: CLIENT_ID,
  client_secret: CLIENT_SECRET,
  refresh_token: REFRESH_TOKEN,
  data_center: 'eu',
};

test('the JSON of a credentials secret is accepted, with its other fields', () => {
  const input = parsePipedInput(
    JSON.stringify({ ...GIVEN, client_type: 'server-based', scope: '', authorized_at: null, owner: 'sales' }),
  );

  expect(input).toMatchObject({ clientId: CLIENT_ID, dataCenter: 'eu', isJson: true });
  expect(input.refreshToken?.reveal()).toBe(REFRESH_TOKEN);
});

test.each<[fact: string, changes: Record<string, unknown>, says: string]>([
  ['a field that is not a text', { client_id: 1000 }, 'client_id must be a text'],
  ['an empty field', { refresh_token: ' ' }, 'refresh_token is empty'],
  [
    'a misspelt field',
    { refresh_token: undefined, refreshToken: REFRESH_TOKEN },
    'refresh_token is spelt differently',
  ],
  [
    'a field in other letters',
    { client_secret: undefined, 'CLIENT-SECRET': CLIENT_SECRET },
    'client_secret is spelt',
  ],
  [
    'two fields',
    { client_id: [], client_secret: {} },
    'client_id must be a text; client_secret must be a text',
  ],
  ['an unknown data center', { data_center: 'mars' }, 'data_center on stdin is not known'],
])('%s is named without its value', (_, changes, says) => {
  const parse = () => parsePipedInput(JSON.stringify({ ...GIVEN, ...changes }));

  expect(parse).toThrow(says);
  expect(parse).not.toThrow(new RegExp(`${CLIENT_SECRET}|${REFRESH_TOKEN}|mars`));
});
