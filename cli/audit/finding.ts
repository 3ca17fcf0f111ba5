/** What an audit looks for. Stable: they stand in `--json`. */
export const AUDIT_RULES = [
  'self-client',
  'stale-authorization',
  'broad-scope',
  'unread',
  'blocked',
] as const;
export type AuditRule = (typeof AUDIT_RULES)[number];

/** Something about a connection that somebody should decide about. */
export interface AuditFinding {
  readonly connection: string;
  readonly rule: AuditRule;
  readonly what: string;
  readonly fix: string;
}

/** Something that could not be looked at, which is no finding. */
export interface Unseen {
  readonly connection: string;
  readonly what: string;
  /** The IAM action that whoever asks has no right to, or what else was in the way. */
  readonly missing: string;
}

/** A whole audit. */
export interface AuditReport {
  /** How many connections there are. */
  readonly connections: number;
  /** By connection, then by rule. */
  readonly findings: readonly AuditFinding[];
  readonly unseen: readonly Unseen[];
}
