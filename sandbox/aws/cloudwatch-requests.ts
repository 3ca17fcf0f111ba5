import { z } from 'zod';
import { AwsError } from './aws-error.ts';
import { parseJson } from './secret-requests.ts';

const seconds = z.number().transform((value) => value * 1000);
const dimensions = z
  .array(z.object({ Name: z.string().min(1), Value: z.string().min(1) }))
  .max(30)
  .optional();

/** The requests, with the names and limits of the service model (monitoring, 2010-08-01). Times become milliseconds. */
const requestSchemas = {
  PutMetricData: z.object({
    Namespace: z.string().min(1).max(255),
    MetricData: z
      .array(
        z.object({
          MetricName: z.string().min(1).max(255),
          Dimensions: dimensions,
          Timestamp: seconds.optional(),
          Value: z.number().optional(),
          Values: z.array(z.number()).max(150).optional(),
          Counts: z.array(z.number().positive()).max(150).optional(),
          StatisticValues: z
            .object({
              SampleCount: z.number().positive(),
              Sum: z.number(),
              Minimum: z.number(),
              Maximum: z.number(),
            })
            .optional(),
        }),
      )
      .max(1000),
  }),
  GetMetricData: z.object({
    MetricDataQueries: z
      .array(
        z.object({
          Id: z.string().regex(/^[a-z][a-zA-Z0-9_]*$/, 'must begin with a lower-case letter'),
          MetricStat: z
            .object({
              Metric: z.object({ Namespace: z.string(), MetricName: z.string(), Dimensions: dimensions }),
              Period: z.number().int().positive(),
              Stat: z.string(),
            })
            .optional(),
          Expression: z.string().optional(),
          Label: z.string().optional(),
          ReturnData: z.boolean().optional(),
        }),
      )
      .max(500),
    StartTime: seconds,
    EndTime: seconds,
    ScanBy: z.enum(['TimestampDescending', 'TimestampAscending']).optional(),
  }),
  DescribeAlarms: z.object({
    AlarmNames: z.array(z.string()).max(100).optional(),
    AlarmNamePrefix: z.string().optional(),
    AlarmTypes: z.array(z.enum(['MetricAlarm', 'CompositeAlarm', 'LogAlarm'])).optional(),
    StateValue: z.enum(['OK', 'ALARM', 'INSUFFICIENT_DATA']).optional(),
    MaxRecords: z.number().int().min(1).max(100).optional(),
    NextToken: z.string().optional(),
  }),
  SetAlarmState: z.object({
    AlarmName: z.string().min(1).max(255),
    StateValue: z.enum(['OK', 'ALARM', 'INSUFFICIENT_DATA']),
    StateReason: z.string().max(1023),
  }),
} as const;

/** The operations that the stand-in knows. */
export type CloudWatchOperation = keyof typeof requestSchemas;

/** The request of an operation, once parsed. */
export type RequestOf<Operation extends CloudWatchOperation> = z.infer<(typeof requestSchemas)[Operation]>;

/** Whether the stand-in knows the operation. */
export function isOperation(name: string): name is CloudWatchOperation {
  return Object.hasOwn(requestSchemas, name);
}

/** Reads a request's body. Throws an `AwsError` ValidationException that names the field. */
export function parseRequest<Operation extends CloudWatchOperation>(
  operation: Operation,
  body: string,
): RequestOf<Operation> {
  const parsed = requestSchemas[operation].safeParse(parseJson(body));
  if (parsed.success) return parsed.data as RequestOf<Operation>;
  const [issue] = parsed.error.issues;
  throw validationError(`${issue?.path.join('.')}: ${issue?.message}`);
}

/** The request is not in order: CloudWatch's own code for it. */
export function validationError(message: string): AwsError {
  return new AwsError('ValidationException', message);
}

/** The dimensions of a request by name. */
export function dimensionsOf(
  given: readonly { readonly Name: string; readonly Value: string }[] | undefined,
): Record<string, string> {
  return Object.fromEntries((given ?? []).map(({ Name, Value }) => [Name, Value]));
}
