import type { Session } from '../session.ts';
import type { DiagnosedConnection } from './diagnosed-connection.ts';
import type { Finding } from './finding.ts';

/** Options of `doctor` that allow more calls. */
export interface DoctorOptions {
  readonly probeDataCenters: boolean;
  /** Check access even if the account has many principals. */
  readonly access: boolean;
}

/** What a check of the deployment works with. */
export interface DeploymentContext {
  readonly session: Session;
  /** Reports the progress of a long check. */
  readonly onProgress: (message: string) => void;
}

/** What a check of a connection works with. */
export interface ConnectionContext extends DeploymentContext {
  readonly connection: DiagnosedConnection;
  readonly options: DoctorOptions;
}

/** One diagnostic check. */
export interface Check<Context> {
  /** Stable, because it is part of `--json`. */
  readonly name: string;
  readonly run: (context: Context) => Finding | Promise<Finding>;
}
