/** A problem that the client works around, but that someone has to fix. */
export interface ClientWarning {
  readonly code: ClientWarningCode;
  /** What happened, to what, and what to do. Never contains a secret. */
  readonly message: string;
  /**
   * Why. The same code is reported again for another reason.
   *
   * @default - the message
   */
  readonly reason?: string;
}

/** Stable codes of warnings. */
export type ClientWarningCode =
  /** CloudWatch did not accept metrics, or they could not be written. */
  | 'metrics_undelivered'
  /** Metrics were held for too long and are lost. */
  | 'metrics_dropped'
  /** The token secret could not be read; the token in memory is used. */
  | 'secret_unavailable'
  /** The refresher could not be asked for a new token. */
  | 'refresher_unavailable'
  /** The refresher was asked for a new token and has none now: the message has its outcome. */
  | 'refresher_declined'
  /** The clock of this machine differs from AWS's, or from the refresher's. */
  | 'clock_wrong';

export type Warn = (warning: ClientWarning) => void;

const given = new Set<string>();

/**
 * Emits a process warning of the type `ZohoClientWarning`, once per process, code and reason. Node.js prints it to
 * standard error; `process.on('warning', ...)` receives it.
 */
export const warnOnce: Warn = ({ code, message, reason = message }) => {
  const key = `${code} ${reason}`;
  if (given.has(key)) return;
  given.add(key);
  process.emitWarning(message, { type: 'ZohoClientWarning', code });
};
