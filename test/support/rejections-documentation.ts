import { REJECTION_TABLE } from '../../lambdas/core/zoho/rejection-table.ts';

/** The table of rejections as JSON, for consumers in other languages: `docs/zoho-rejections.json`. */
export function renderRejections(): string {
  const json = JSON.stringify(REJECTION_TABLE, null, 2);
  const onOneLine = (_: string, statuses: string) => `[${statuses.replace(/\s+/g, ' ').trim()}]`;
  return `${json.replace(/\[([\d,\s]+)\]/g, onOneLine)}\n`;
}
