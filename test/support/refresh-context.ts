import { composeDependencies } from '../../lambdas/refresher/compose-refresher.ts';
import { settingsOf } from '../../lambdas/refresher/create-handler.ts';
import type { RefreshContext } from '../../lambdas/refresher/refresh-context.ts';
import type { SandboxWorld } from '../../sandbox/world/sandbox-world.ts';

/** What the handler would give a refresh, for tests that begin below the handler. */
export function contextOf(world: SandboxWorld): RefreshContext {
  return {
    ...composeDependencies(world.worldOf(1)),
    settings: settingsOf(world.config),
    deadlines: { work: new AbortController().signal, report: new AbortController().signal },
  };
}
