import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { UnprintableAccessToken } from '../../../lambdas/client/zoho-access-token.ts';
import { ACCESS_TOKEN, accessToken, HOUR_MS, NOW_MS } from '../../support/builders.ts';

const token = new UnprintableAccessToken(accessToken());
const shown = {
  apiDomain: 'https://www.zohoapis.eu',
  dataCenter: 'eu',
  scope: 'ZohoCRM.modules.ALL',
  generation: 8,
  expiresAt: new Date(NOW_MS + HOUR_MS),
};

describe('a token for a consumer', () => {
  it('has what is needed to use it', () => {
    expect(token).toMatchObject(shown);
    expect(token.accessToken).toBe(ACCESS_TOKEN);
  });

  it('is identified by its generation when it is serialized, and is not shown', () => {
    expect(token.toJSON()).toEqual({ ...shown, accessToken: '[redacted]' });
    expect(inspect(token, { showHidden: true, depth: 9 })).not.toContain(ACCESS_TOKEN);
  });
});
