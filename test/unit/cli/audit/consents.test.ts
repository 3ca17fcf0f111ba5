import { describe, expect, test } from 'vitest';
import { groupConsents, type RecordedConsent, warnOfConsents } from '../../../../cli/audit/consents.ts';
import { isPerson, UNKNOWN_PERSON } from '../../../../lambdas/core/consent/authorized-by.ts';

const consents = (count: number, zuid?: string, clientId = '1000.A'): RecordedConsent[] =>
  Array.from({ length: count }, (_, index) => ({
    connection: `${zuid ?? 'crm'}-${index}`,
    credentials: {
      clientId,
      authorizedAt: new Date(Date.UTC(2026, 0, count - index)).toISOString(),
      authorizedBy: zuid === undefined ? undefined : { ...UNKNOWN_PERSON, zuid },
    },
  }));

const warnings = (given: readonly RecordedConsent[]) => groupConsents(given).map(warnOfConsents);

describe('consents', () => {
  test('are counted by client and person where every person is known, otherwise by client', () => {
    const known = groupConsents([...consents(3, '1'), ...consents(4, '2'), ...consents(2, '1', '1000.B')]);
    const unknown = groupConsents([...consents(3, '1'), ...consents(4)]);

    expect(known.map((group) => group.consents.length)).toEqual([3, 4, 2]);
    expect(unknown.map((group) => group.consents.length)).toEqual([7]);
  });

  test('are warned of from the 15th, with the oldest, which the 21st ends', () => {
    expect(warnings(consents(14))).toEqual([undefined]);
    expect(warnings(consents(15))).toEqual([
      expect.objectContaining({
        connection: 'crm-14',
        rule: 'many-consents',
        what: expect.stringContaining('15 of at most 20'),
      }),
    ]);
    expect(warnings(consents(20, '7'))[0]?.what).toContain('the next one may end this connection');
    expect(warnings(consents(20, '7'))[0]?.what).toContain('Zoho user 7');
  });
});

test('a person is found by email, Zoho user, organization or principal', () => {
  const by = {
    zuid: '7',
    email: 'Ann@Example.com',
    orgId: '70',
    orgName: 'Example',
    awsPrincipal: 'arn:aws:sts::1:assumed-role/admin/ann',
  };

  for (const given of ['ann@example.com', '7', '70', 'example', 'ann', by.awsPrincipal])
    expect(isPerson(by, given)).toBe(true);
  expect(isPerson(by, 'bob')).toBe(false);
  expect(isPerson(undefined, '7')).toBe(false);
});
