import type { InviteView } from '../../../../lambdas/core/invites/consent-requests.ts';

/** An open invite of crm-acme. */
export function anInvite(changes: Partial<InviteView> = {}): InviteView {
  return {
    ...{ id: 'AAAAAAAAAAAAAAAAAAAAAA', status: 'open', connection: 'crm-acme', client: 'acme-app' },
    ...{ mode: 'direct', created_at: '2026-01-05T09:00:00.000Z', expires_at: '2026-01-08T09:00:00.000Z' },
    created_by: 'arn:aws:sts::123456789012:assumed-role/Operator/ann',
    ...changes,
  };
}
