import type { QuotaUse } from '../fleet-run.ts';
import type { Region } from '../region/region.ts';

/** How much of each limit was used. The partitions of an index are one line: the busiest of them counts. */
export function quotasOf(region: Region): QuotaUse[] {
  const uses = new Map<string, QuotaUse>();
  for (const { name, perSecond: limit, total, busiestSecond, throttled } of region.quotas()) {
    const group = name.replace(/^(\w+)\/.*$/, 'DynamoDB, writes to a partition of `$1`');
    const before = uses.get(group);
    uses.set(group, {
      ...{ name: group, limit },
      total: total + (before?.total ?? 0),
      busiest: Math.max(busiestSecond, before?.busiest ?? 0),
      throttled: throttled + (before?.throttled ?? 0),
    });
  }
  return [...uses.values()];
}
