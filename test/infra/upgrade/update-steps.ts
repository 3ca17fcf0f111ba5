import {
  type CloudFormationTemplate,
  creationOrder,
  type TemplateResource,
} from '../../support/cloudformation/template.ts';

/** The resources of a stack at one moment, by logical ID. */
export type Moment = Readonly<Record<string, TemplateResource>>;

/**
 * The moments of an update: each resource is created or changed after its dependencies, in an order that CloudFormation may
 * choose, and what is no longer in the template is deleted at the end.
 */
export function momentsOfUpdate(
  before: CloudFormationTemplate,
  after: CloudFormationTemplate,
  random: () => number,
): Moment[] {
  const moments: Moment[] = [before.Resources];
  for (const id of creationOrder(after, random))
    moments.push({ ...moments.at(-1), [id]: resourceOf(after, id) });
  return [...moments, after.Resources];
}

/**
 * The moments of the rollback of an update that failed: changed resources are restored in an order of the earlier template,
 * then new ones are deleted.
 */
export function momentsOfRollback(
  failed: Moment,
  before: CloudFormationTemplate,
  random: () => number,
): Moment[] {
  const moments: Moment[] = [failed];
  for (const id of creationOrder(before, random))
    moments.push({ ...moments.at(-1), [id]: resourceOf(before, id) });
  return [...moments, before.Resources];
}

function resourceOf({ Resources }: CloudFormationTemplate, id: string): TemplateResource {
  const resource = Resources[id];
  if (resource === undefined) throw new Error(`no resource ${id}`);
  return resource;
}
