import { declarationOf } from '../../lambdas/core/connection/declared-connection.ts';
import type { Session } from '../session.ts';

/** Whether the configuration of the deployed stack declares the connection. */
export async function isDeclared(session: Session, name: string): Promise<boolean> {
  const { declaredConnections } = await session.refresherSettings();
  return declarationOf(declaredConnections, name) !== undefined;
}
