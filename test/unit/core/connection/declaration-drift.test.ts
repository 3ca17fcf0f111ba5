import { describe, expect, it } from 'vitest';
import { driftOf } from '../../../../lambdas/core/connection/declaration-drift.ts';
import { activeConnection } from '../../../support/builders.ts';

const DECLARED = { dataCenter: 'eu', scopes: ['ZohoCRM.modules.ALL', 'ZohoCRM.users.READ'] } as const;
const NO_DRIFT = { missingScopes: [], declaredDataCenter: undefined };

describe('how a connection differs from its declaration', () => {
  it('names the declared scopes that are not granted', () => {
    const connection = activeConnection({ scope: 'zohocrm.MODULES.all,Desk.tickets.ALL' });

    expect(driftOf(connection, DECLARED)).toEqual({ ...NO_DRIFT, missingScopes: ['ZohoCRM.users.READ'] });
  });

  it('names the declared data center when the credentials belong to another', () => {
    const connection = activeConnection({ dataCenter: 'us', scope: DECLARED.scopes.join(',') });

    expect(driftOf(connection, DECLARED)).toEqual({ ...NO_DRIFT, declaredDataCenter: 'eu' });
  });

  it.each([
    ['nothing is declared', activeConnection({ dataCenter: 'us', scope: 'A' }), undefined],
    ['Zoho never said what it granted', activeConnection({ scope: undefined }), DECLARED],
    ['what Zoho said was empty', activeConnection({ scope: '' }), DECLARED],
    [
      'more is granted than declared',
      activeConnection({ scope: `${DECLARED.scopes.join(',')},X` }),
      DECLARED,
    ],
  ])('is nothing when %s', (_, connection, declared) => {
    expect(driftOf(connection, declared)).toEqual(NO_DRIFT);
  });
});
