import type { AlarmList } from '../../lambdas/core/deployment-address.ts';

/**
 * The list as JSON, in at most so many bytes, so that a deleted alarm is noticed. The names of connections that do not fit are
 * counted: fifty of the longest fit.
 */
export function composeAlarmList(
  { connections, ...others }: Omit<AlarmList, 'omitted'>,
  maxBytes: number,
): string {
  const listWith = (count: number) => {
    const omitted = connections.length - count;
    const list: AlarmList = {
      ...others,
      connections: connections.slice(0, count),
      ...(omitted === 0 ? {} : { omitted }),
    };
    return JSON.stringify(list);
  };
  let count = connections.length;
  while (count > 0 && Buffer.byteLength(listWith(count)) > maxBytes) count -= 1;
  return listWith(count);
}
