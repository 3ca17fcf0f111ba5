/** What an audit looks for. Stable, because the names are part of `--json`. */
export const AUDIT_RULES = [
  'self-client',
  'stale-authorization',
  'broad-scope',
  'unread',
  'blocked',
  'never-authorized',
  'many-consents',
  'row-without-secret',
  'secret-without-row',
  'unfinished-move',
  'encryption-key',
  'alarm-setup',
  'subscriptions',
  'unconfirmed-invite',
] as const;
export type AuditRule = (typeof AUDIT_RULES)[number];

/** Something about a connection, or about the deployment, that its owner should review. */
export interface AuditFinding {
  /** Undefined when it is about the whole deployment. */
  readonly connection?: string;
  readonly rule: AuditRule;
  /** What was found. */
  readonly what: string;
  /** What to do next. */
  readonly fix: string;
}

/** Something that could not be read. It is not a finding. */
export interface Unseen {
  /** Undefined when it is about the whole deployment. */
  readonly connection?: string;
  readonly what: string;
  /** The failed call, or another reason. */
  readonly missing: string;
}

/** The result of an audit, as printed by `--json`. */
export interface AuditReport {
  /** Number of connections. */
  readonly connections: number;
  /** Those of the deployment first, then sorted by connection and by rule. */
  readonly findings: readonly AuditFinding[];
  readonly unseen: readonly Unseen[];
}
