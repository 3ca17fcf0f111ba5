import type { SecretStoreName } from '../../lambdas/core/connection/secret-store.ts';
import { SecretStore } from '../../sandbox/aws/secret-store.ts';
import type { Choices } from './choices.ts';
import type { EventQueue } from './event-queue.ts';
import type { FaultPlan } from './fault-plan.ts';
import type { PromiseCheck } from './promises/promise.ts';
import { reportSecretsChange } from './report-secrets-change.ts';
import type { RotationCrashes } from './rotation-crashes.ts';
import { SealedStore } from './sealed-store.ts';
import type { SimulatedAws } from './simulated-aws.ts';
import { SimulatedKms } from './simulated-kms.ts';
import { SimulatedTable } from './simulated-table.ts';
import type { WorldConnection } from './world-connection.ts';
import type { WrittenVersions } from './written-versions.ts';

export interface WorldAwsOptions {
  readonly queue: EventQueue;
  readonly choices: Choices;
  readonly faults: FaultPlan;
  readonly crashes: RotationCrashes;
  readonly versions: WrittenVersions;
  readonly store: SecretStoreName;
  readonly connections: () => readonly WorldConnection[];
  readonly onPlanned: () => void;
  readonly each: (report: (check: PromiseCheck) => void) => void;
  readonly trace: (text: () => string) => void;
}

/** The AWS services of a world: with their faults, and seen by the checks of the promises. */
export function createWorldAws(options: WorldAwsOptions): SimulatedAws {
  const { queue, faults, crashes, versions, store, connections, onPlanned, each, trace } = options;
  const secrets = new SecretStore(queue);
  const kms = new SimulatedKms();
  return {
    queue,
    table: createTable(options),
    secrets,
    kms,
    sealed:
      store === 'dynamodb'
        ? new SealedStore({ now: () => queue.now(), kms, secrets, secretPrefix: 'zoho' })
        : undefined,
    plan: (call, service, command) => {
      onPlanned();
      const crash = faults.isOver ? undefined : crashes.during(call, command);
      return crash === undefined ? faults.planAws(call, service) : faults.planCrash(call, crash);
    },
    onSecretsChanged: (change) =>
      reportSecretsChange(change, {
        connections: connections(),
        secrets,
        versions,
        now: () => queue.now(),
        each,
      }),
    onAnnounced: (detail) => each((check) => check.onAnnounced?.(detail)),
    onNotificationSent: (input) => each((check) => check.onNotificationSent?.(input)),
    onNotified: (input) => each((check) => check.onNotified?.(input)),
    trace,
  };
}

function createTable({ queue, choices, faults, each }: WorldAwsOptions): SimulatedTable {
  let writes = 0;
  return new SimulatedTable({
    now: () => queue.now(),
    indexLagMs: (key) => faults.indexLagMs(`index ${key} ${writes++}`),
    returnsOldItem: () => choices.draw(`told ${writes} ${queue.now()}`) < 0.8,
    onWrite: (write) => each((check) => check.onRowWritten?.(write)),
  });
}
