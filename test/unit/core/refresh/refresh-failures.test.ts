import { expect, it } from 'vitest';
import {
  CREDENTIALS_ECHOED,
  INTERNAL_ERROR,
  LEASE_EXPIRED,
  noCredentials,
  SUPERSEDED,
  UNDECLARED,
} from '../../../../lambdas/core/refresh/refresh-failures.ts';

it.each([
  [noCredentials('zoho', 'crm'), 'no_credentials', /zoho\/crm\/credentials is empty.*authorize crm$/],
  [UNDECLARED, 'undeclared', /no longer in the configuration/],
  [LEASE_EXPIRED, 'lease_expired', /before Zoho was called/],
  [CREDENTIALS_ECHOED, 'unrecognized_response', /credentials/],
  [SUPERSEDED, 'superseded', /same or a higher generation/],
  [INTERNAL_ERROR, 'internal_error', /^Unexpected error/],
])('a failure says what happened: %o', (failure, code, message) => {
  expect(failure).toEqual({ code, message: expect.stringMatching(message) });
});
