import { describe, expect, test } from 'vitest';
import {
  type DeclaredConnections,
  declarationOf,
} from '../../../../lambdas/core/connection/declared-connection.ts';

const DECLARED: DeclaredConnections = { 'crm-prod': { dataCenter: 'eu', scopes: ['ZohoCRM.modules.ALL'] } };

describe('the declaration of a connection', () => {
  test('is found by the name', () => {
    expect(declarationOf(DECLARED, 'crm-prod')).toEqual({
      dataCenter: 'eu',
      scopes: ['ZohoCRM.modules.ALL'],
    });
    expect(declarationOf(DECLARED, 'crm-test')).toBeUndefined();
  });

  test.each(['constructor', '__proto__', 'toString', 'hasOwnProperty'])(
    'is not what every object has: %s',
    (name) => {
      expect(declarationOf(DECLARED, name)).toBeUndefined();
    },
  );

  test('may be of a name that every object has', () => {
    const declared = { ...DECLARED, constructor: { dataCenter: 'us', scopes: [] } } as DeclaredConnections;

    expect(declarationOf(declared, 'constructor')).toEqual({ dataCenter: 'us', scopes: [] });
  });
});
