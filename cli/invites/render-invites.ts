import type { InviteStatus, InviteView } from '../../lambdas/core/invites/consent-requests.ts';
import { toSingleLine } from '../../lambdas/core/single-line.ts';
import { formatDuration } from '../reports/format-duration.ts';
import type { Colors } from '../terminal/colors.ts';
import { isUsable, MISMATCHED, nextStepOf } from './next-step.ts';

const HEAD = ['connection', 'state', 'client', 'invited', 'link', 'id'] as const;
const GAP = '  ';

/** One line for each invite; below it who consented, what happened, and what to do next. */
export function renderInvites(
  invites: readonly InviteView[],
  { colors, nowMs }: { readonly colors: Colors; readonly nowMs: number },
): string {
  const rows = invites.map((invite) => cellsOf(invite, nowMs));
  const widths = HEAD.map((head, at) => Math.max(head.length, ...rows.map((row) => row[at]?.length ?? 0)));
  const line = (cells: readonly string[], paint: (cell: string) => string = (cell) => cell) =>
    cells
      .map((cell, at) => (at === STATE ? paint(cell.padEnd(widths[at] ?? 0)) : cell.padEnd(widths[at] ?? 0)))
      .join(GAP)
      .trimEnd();
  return [
    colors.dim(line(HEAD)),
    ...invites.flatMap((invite, at) => [
      line(rows[at] ?? [], paintOf(invite.status, colors)),
      ...[...describeConsent(invite, nowMs), nextStepOf(invite)]
        .filter((detail) => detail !== undefined)
        .map((detail) => `${GAP}${detail}`),
    ]),
  ].join('\n');
}

const STATE = 1;

function cellsOf(invite: InviteView, nowMs: number): readonly string[] {
  const { connection, status, client, created_at: createdAt, created_by: by, id } = invite;
  return [
    connection,
    status,
    client,
    `${formatDuration(nowMs - Date.parse(createdAt))} ago${by === undefined ? '' : ` by ${lastPart(by)}`}`,
    linkText(invite, nowMs),
    id,
  ];
}

/** What an operator needs to know about a consent: who gave it for which organization, what is otherwise than expected, and why it failed. */
export function describeConsent(
  {
    consented_by: by,
    consented_at: at,
    data_center: place,
    mismatch = [],
    expect,
    label,
    subject,
    reason,
    message,
    status,
  }: InviteView,
  nowMs: number,
): readonly string[] {
  const when = at === undefined ? '' : `, ${formatDuration(nowMs - Date.parse(at))} ago`;
  // That of an awaiting one says what the next step says.
  const isMessage = message !== undefined && status !== 'awaiting';
  return [
    ...(label === undefined ? [] : [`invited as: ${toSingleLine(label)}`]),
    ...(subject === undefined ? [] : [`subject: ${toSingleLine(subject)}`]),
    ...(by === undefined && at === undefined ? [] : [`consented: ${describeUser(by)}${when}`]),
    ...mismatch.map((word) => {
      const expected = word === 'sandbox' || word === 'scope' ? undefined : expect?.[word];
      const found = word === 'data_center' && place !== undefined ? `; the account is in ${place}` : '';
      const value = expected === undefined ? '' : ` (${toSingleLine(expected)}${toSingleLine(found)})`;
      return `mismatch: ${MISMATCHED[word] ?? toSingleLine(String(word))}${value}`;
    }),
    ...(isMessage ? [toSingleLine(`${reason === undefined ? '' : `${reason}: `}${message}`)] : []),
  ];
}

/** Email, or number, and organization, as Zoho says. */
export function describeUser(by: InviteView['consented_by']): string {
  const { email, zuid, org_id: id, org_name: name } = by ?? {};
  const user = email ?? (zuid === undefined ? 'an unknown user' : `Zoho user ${zuid}`);
  const organization = name === undefined ? id : `${name}${id === undefined ? '' : ` (${id})`}`;
  return toSingleLine(organization === undefined ? user : `${user} of ${organization}`);
}

function linkText(invite: InviteView, nowMs: number): string {
  if (!isUsable(invite)) return '-';
  const leftMs = Date.parse(invite.expires_at) - nowMs;
  return leftMs > 0 ? `${formatDuration(leftMs)} left` : 'expired';
}

/** Of the ARN of a principal: `ann` of `arn:aws:sts::123456789012:assumed-role/Operator/ann`. */
function lastPart(principal: string): string {
  const text = toSingleLine(principal);
  return text.split(/[/:]/).at(-1) || text;
}

function paintOf(status: InviteStatus, colors: Colors): (text: string) => string {
  switch (status) {
    case 'authorized':
      return colors.green;
    case 'open':
    case 'awaiting':
    case 'declined':
      return colors.yellow;
    case 'failed':
      return colors.red;
    case 'expired':
    case 'cancelled':
      return colors.dim;
  }
}
