import { describeFailedRead } from '../aws/try-read.ts';
import { argumentFor, isAwaiting } from '../invites/next-step.ts';
import { readInvites } from '../invites/read-invites.ts';
import { describeUser } from '../invites/render-invites.ts';
import type { Session } from '../session.ts';
import type { AuditFinding, Unseen } from './finding.ts';

/** Invites with which someone has consented and that wait for an operator. */
export async function auditInvites(
  session: Session,
): Promise<{ readonly findings: readonly AuditFinding[]; readonly unseen: readonly Unseen[] }> {
  if ((await session.deployment()).consent === undefined) return { findings: [], unseen: [] };
  const answer = await readInvites(session);
  if (answer.kind !== 'read') {
    const missing = answer.kind === 'failed' ? answer.error.message : describeFailedRead(answer.error);
    return { findings: [], unseen: [{ what: 'which invites wait for confirmation', missing }] };
  }
  return {
    findings: answer.value.filter(isAwaiting).map((invite) => ({
      connection: invite.connection,
      rule: 'unconfirmed-invite',
      what: `${describeUser(invite.consented_by)} consented with an invite, which waits for confirmation`,
      fix: `Run: zoho-tokens confirm ${argumentFor(invite)}, or: zoho-tokens reject ${argumentFor(invite)}`,
    })),
    unseen: [],
  };
}
