/** How figures are written in docs/scale.md. */

export function count(number: number): string {
  return Math.round(number).toLocaleString('en-US');
}

export function dollars(amount: number): string {
  if (amount >= 100) return `$${count(amount)}`;
  return `$${amount.toFixed(2)}`;
}

/** Of one connection: with two digits that count. */
export function dollarsEach(amount: number): string {
  return amount >= 1 ? `$${amount.toFixed(2)}` : `$${amount.toPrecision(2)}`;
}

export function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

/** Whole seconds that are left at the least. */
export function secondsLeft(ms: number | null): string {
  return ms === null || !Number.isFinite(ms) ? '-' : `${Math.floor(ms / 1000)} s`;
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n');
}
