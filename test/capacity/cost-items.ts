/** What one kind of use costs a fleet in a month of 730 hours. */
export interface CostItem {
  readonly item: string;
  readonly dollars: number;
}

/** Dollars a month, of all items. */
export function sumOfCosts(items: readonly CostItem[]): number {
  return items.reduce((sum, { dollars }) => sum + dollars, 0);
}

/** Dollars a month of one connection. */
export function costOfEach({ costs, connections }: CostsOfFleet): number {
  return sumOfCosts(costs) / connections;
}

interface CostsOfFleet {
  readonly costs: readonly CostItem[];
  readonly connections: number;
}
