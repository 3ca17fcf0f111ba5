import { darken } from '../../support/pictures.ts';
import type { CapacityResult, CaseResult } from '../capacity.ts';
import { nameOfCase } from '../cases.ts';
import { costOfEach } from '../cost-items.ts';
import { bar, curve, dot, line, type Picture, renderSvg, shareOf, text, WIDTH } from './chart.ts';
import { count, dollarsEach } from './figures.ts';

/** The charts of docs/scale.md, by their names in docs/images, with what they show in words. */
export function chartsOf(result: CapacityResult): readonly (Picture & { readonly name: string })[] {
  return [
    { name: 'scale-cost', ...costChart(result.cases) },
    { name: 'scale-capacity', ...capacityChart(result.cases) },
    { name: 'scale-recovery', ...recoveryChart(result.cases) },
  ];
}

/** The files of a chart: its picture for each theme. */
export function filesOfChart(chart: Picture & { readonly name: string }): readonly [string, string][] {
  const light = renderSvg(chart);
  return [
    [`docs/images/${chart.name}-light.svg`, light],
    [`docs/images/${chart.name}-dark.svg`, darken(light)],
  ];
}

const STORES = ['secrets-manager', 'dynamodb'] as const;
const STORE_NAMES = { 'secrets-manager': 'Secrets Manager', dynamodb: 'DynamoDB' };

const COST = { left: 60, right: WIDTH - 44, top: 48, bottom: 262 };

function costChart(cases: readonly CaseResult[]): Picture {
  const x = (connections: number) =>
    COST.left + (COST.right - COST.left) * shareOf(connections, [1, 1_000_000], true);
  const y = (dollars: number) => COST.bottom - (COST.bottom - COST.top) * shareOf(dollars, [0.001, 10], true);
  const grid = [0.001, 0.01, 0.1, 1, 10].flatMap((dollars) => [
    line({ x: COST.left, y: y(dollars) }, { x: COST.right, y: y(dollars) }, 'grid'),
    text({ x: COST.left - 6, y: y(dollars) + 4 }, `$${dollars}`, 'note end'),
  ]);
  const axis = [1, 100, 10_000, 1_000_000].map((connections) =>
    text({ x: x(connections), y: COST.bottom + 18 }, count(connections), 'note middle'),
  );
  const lines = STORES.flatMap((store) => {
    const fleets = cases.filter((fleet) => fleet.store === store);
    const points = fleets.map((fleet) => ({ x: x(fleet.connections), y: y(costOfEach(fleet)), fleet }));
    return [
      curve(points, store),
      ...points.flatMap(({ x, y, fleet }, index) => [
        dot({ x, y }, store),
        // Neighbors would overlap on one side of the line.
        text(
          { x, y: index % 2 === 0 ? y - 10 : y + 20 },
          dollarsEach(costOfEach(fleet)),
          `name ${store} ${fleet.connections === 1 ? '' : 'middle'}`.trim(),
        ),
      ]),
    ];
  });
  const said = cases.map((fleet) => `${nameOfCase(fleet)} ${dollarsEach(costOfEach(fleet))}`).join(', ');
  return {
    title: 'Dollars a month for each connection, by fleet size',
    description: `At list prices, both axes logarithmic: ${said}.`,
    height: 318,
    elements: [...grid, ...axis, ...lines, ...legend(304)],
  };
}

const CAPACITY = { left: 16, right: WIDTH - 16, top: 44, row: 44 };

function capacityChart(cases: readonly CaseResult[]): Picture {
  const width = CAPACITY.right - CAPACITY.left;
  const rows = cases.flatMap((fleet, index) => {
    const y = CAPACITY.top + index * CAPACITY.row;
    const share = fleet.day.perSecond / fleet.refreshesPerSecond;
    const at = { x: CAPACITY.left, y: y + 20 };
    return [
      text({ x: CAPACITY.left, y: y + 14 }, nameOfCase(fleet)),
      text({ x: CAPACITY.right, y: y + 14 }, rateOf(fleet), 'note end'),
      bar(at, { width, height: 12 }, 'track'),
      bar(at, { width: Math.max(2, width * share), height: 12 }, `bar ${fleet.store}`),
    ];
  });
  const said = cases.map((fleet) => `${nameOfCase(fleet)} ${rateOf(fleet)}`).join('; ');
  return {
    title: 'Refreshes per second, of the configured rate',
    description: `The part of the configured rate that a day uses: ${said}.`,
    height: CAPACITY.top + cases.length * CAPACITY.row + 12,
    elements: rows,
  };
}

function rateOf({ day, refreshesPerSecond, shards }: CaseResult): string {
  const { perSecond } = day;
  const rate = perSecond < 0.01 ? 'less than 0.01' : perSecond.toPrecision(perSecond < 1 ? 1 : 3);
  const each = shards === undefined || shards === 1 ? '' : `, each of ${shards} shards`;
  return `${rate} of ${refreshesPerSecond} per second${each}`;
}

const RECOVERY = { left: 48, right: WIDTH - 36, top: 48, bottom: 258, minutes: 60 };

/** The largest fleets of each store: small ones are back within minutes. */
function recoveryChart(cases: readonly CaseResult[]): Picture {
  const shown = cases.filter(({ connections }) => connections >= 10_000);
  const x = (minute: number) =>
    RECOVERY.left + ((RECOVERY.right - RECOVERY.left) * minute) / RECOVERY.minutes;
  const y = (share: number) => RECOVERY.bottom - (RECOVERY.bottom - RECOVERY.top) * share;
  const grid = [0, 0.25, 0.5, 0.75, 1].flatMap((share) => [
    line({ x: RECOVERY.left, y: y(share) }, { x: RECOVERY.right, y: y(share) }, 'grid'),
    text({ x: RECOVERY.left - 6, y: y(share) + 4 }, `${share * 100} %`, 'note end'),
  ]);
  const axis = [0, 15, 30, 45, 60].map((minute) =>
    text({ x: x(minute), y: RECOVERY.bottom + 18 }, `${minute} min`, 'note middle'),
  );
  const lines = shown.map((fleet) => {
    const most = Math.max(1, ...fleet.recovery.without);
    const points = fleet.recovery.without
      .slice(0, fleet.recovery.mostAfterMinutes + 1)
      .filter((_, minute) => minute <= RECOVERY.minutes)
      .map((without, minute) => ({ x: x(minute), y: y(1 - without / most) }));
    return curve(points, `${fleet.store}${styleOf(fleet)}`);
  });
  const keys = shown.flatMap((fleet, index) => {
    const at = { x: 16, y: RECOVERY.bottom + 44 + index * 20 };
    return [
      line({ x: at.x, y: at.y - 4 }, { x: at.x + 28, y: at.y - 4 }, `${fleet.store}${styleOf(fleet)}`),
      text({ x: at.x + 36, y: at.y }, `${nameOfCase(fleet)}: ${minutesOf(fleet)}`),
    ];
  });
  const said = shown.map((fleet) => `${nameOfCase(fleet)} ${minutesOf(fleet)}`).join('; ');
  return {
    title: 'Valid tokens after an hour without Zoho',
    description: `Of the connections that had lost their token: ${said}.`,
    height: RECOVERY.bottom + 44 + shown.length * 20,
    elements: [...grid, ...axis, ...lines, ...keys],
  };
}

/** Fleets of one store have one color: the largest one is a solid line. */
function styleOf({ connections }: CaseResult): string {
  if (connections === 10_000) return ' third';
  return connections === 100_000 ? ' second' : '';
}

function minutesOf({ recovery }: CaseResult): string {
  return `99 % after ${recovery.mostAfterMinutes} min, all after ${recovery.allAfterMinutes} min`;
}

function legend(y: number): string[] {
  return STORES.flatMap((store, index) => {
    const x = 16 + index * 170;
    return [
      line({ x, y: y - 4 }, { x: x + 28, y: y - 4 }, store),
      text({ x: x + 36, y }, STORE_NAMES[store]),
    ];
  });
}
