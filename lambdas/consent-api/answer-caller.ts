import type { CallerAnswer } from '../core/invites/consent-answers.ts';
import type { ConsentContext } from '../core/invites/consent-ports.ts';
import type { CallersRequest } from '../core/invites/consent-requests.ts';
import { createInvite } from './create-invite.ts';
import { cancelInvite, completeInvite, getInvite, listInvites, rejectInvite } from './manage-invite.ts';

/** Answers a backend or an operator. `createdBy`: the principal, verified by API Gateway or stated by the caller. */
export async function answerCaller(
  context: ConsentContext,
  request: CallersRequest,
  createdBy: string | undefined,
): Promise<CallerAnswer> {
  switch (request.action) {
    case 'create-invite':
      return await createInvite(context, request, createdBy);
    case 'get-invite':
      return await getInvite(context, request.id);
    case 'list-invites':
      return await listInvites(context, request);
    case 'complete-invite':
      return await completeInvite(context, request);
    case 'reject-invite':
      return await rejectInvite(context, request.id);
    case 'cancel-invite':
      return await cancelInvite(context, request.id);
  }
}
