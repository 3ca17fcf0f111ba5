import type { MetricStore } from '../aws/metric-store.ts';

/** A value of a metric from a line of embedded metric format. An array of values becomes several points. */
interface MetricPoint {
  readonly name: string;
  readonly value: number;
  readonly atMs: number;
  /** Names and values of one set of dimensions. A line with two sets becomes two points. */
  readonly dimensions: Readonly<Record<string, string>>;
}

interface EmfLine {
  readonly _aws: {
    readonly Timestamp: number;
    readonly CloudWatchMetrics: readonly {
      readonly Namespace: string;
      readonly Dimensions: readonly (readonly string[])[];
      readonly Metrics: readonly { readonly Name: string }[];
    }[];
  };
  readonly [key: string]: unknown;
}

/** Collects metrics as CloudWatch would extract them from the log. */
export class MetricLog {
  /** Every line, unchanged. */
  readonly lines: string[] = [];
  readonly #points: MetricPoint[] = [];

  /** Adds a line of embedded metric format. */
  add(line: string): void {
    this.lines.push(line);
    for (const { point } of readMetricLine(line)) this.#points.push(point);
  }

  /** Points of a metric of the whole fleet (dimension `service` alone), oldest first. */
  ofFleet(name: string): readonly MetricPoint[] {
    return this.#points.filter((point) => point.name === name && !('connection' in point.dimensions));
  }

  /** Points of a metric of one connection, oldest first. */
  ofConnection(name: string, connection: string): readonly MetricPoint[] {
    return this.#points.filter((point) => point.name === name && point.dimensions.connection === connection);
  }
}

/** Adds to the metrics what CloudWatch would extract from a line of embedded metric format. */
export function addMetricLine(metrics: Pick<MetricStore, 'addValue'>, line: string): void {
  for (const { namespace, point } of readMetricLine(line)) metrics.addValue({ namespace, ...point }, point);
}

/**
 * What CloudWatch extracts from one line of embedded metric format. Throws if its JSON schema has other types: whole milliseconds, and
 * numbers as values
 * (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html).
 */
function readMetricLine(line: string): { readonly namespace: string; readonly point: MetricPoint }[] {
  const record = JSON.parse(line) as EmfLine;
  const { Timestamp: atMs, CloudWatchMetrics } = record._aws;
  if (!Number.isSafeInteger(atMs)) throw new TypeError(`Timestamp must be whole milliseconds, is ${atMs}.`);
  return CloudWatchMetrics.flatMap(({ Namespace: namespace, Dimensions, Metrics }) =>
    Dimensions.flatMap((names) => {
      const dimensions = Object.fromEntries(names.map((name) => [name, String(record[name])]));
      return Metrics.flatMap(({ Name: name }) =>
        [record[name]]
          .flat()
          .map((value) => ({ namespace, point: { name, value: numberOf(name, value), atMs, dimensions } })),
      );
    }),
  );
}

function numberOf(name: string, value: unknown): number {
  if (typeof value !== 'number')
    throw new TypeError(`${name} must be a number, is ${JSON.stringify(value)}.`);
  return value;
}
