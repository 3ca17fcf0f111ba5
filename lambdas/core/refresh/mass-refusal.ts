/** What Zoho's token endpoint says of credentials that it had accepted before. */
export interface CredentialsAnswer {
  readonly connection: string;
  readonly dataCenter: string;
  readonly clientId: string;
  readonly wasRefused: boolean;
  readonly atMs: number;
}

/** Longer than the time after which Zoho is asked again, so that a mass refusal is seen until it ends. */
const WINDOW_MS = 450_000;
const MOST_REMEMBERED = 1_000;
const FEWEST_CONNECTIONS = 3;
const FEWEST_CLIENTS = 2;

/** The refusals with one more answer. What a data center accepts ends its mass refusal. */
export function recordAnswer(
  refusals: readonly CredentialsAnswer[],
  answer: CredentialsAnswer,
): readonly CredentialsAnswer[] {
  if (!answer.wasRefused) return refusals.filter(({ dataCenter }) => dataCenter !== answer.dataCenter);
  const recent = refusals.filter(({ atMs }) => Math.abs(answer.atMs - atMs) <= WINDOW_MS);
  return [...recent, answer].slice(-MOST_REMEMBERED);
}

/**
 * True if a data center has refused so many connections since it last accepted one that the fault is Zoho's: several
 * connections of several clients. One client whose secret was regenerated is no mass refusal: its owner has to act.
 */
export function isMassRefusal(
  refusals: readonly CredentialsAnswer[],
  dataCenter: string,
  nowMs: number,
): boolean {
  const recent = refusals.filter(
    (refusal) => refusal.dataCenter === dataCenter && Math.abs(nowMs - refusal.atMs) <= WINDOW_MS,
  );
  const connections = new Set(recent.map(({ connection }) => connection));
  const clients = new Set(recent.map(({ clientId }) => clientId));
  return connections.size >= FEWEST_CONNECTIONS && clients.size >= FEWEST_CLIENTS;
}
