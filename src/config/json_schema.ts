import { isMap, isScalar, type Pair, parseDocument } from 'yaml';
import * as z from 'zod';
import { configSchema } from './schema.js';

interface Schema {
  properties?: Record<string, Schema>;
  description?: string;
  required?: unknown;
}

/**
 * The JSON Schema of a configuration file, for editors. A file names only what differs, so nothing
 * is required; what each key means is what the file of the defaults says beside or above it.
 * @param defaults text of config/default.yaml
 */
export function configJsonSchema(defaults: string): object {
  const schema = z.toJSONSchema(configSchema, {
    io: 'input',
    override: ({ jsonSchema }) => {
      delete jsonSchema.required;
    },
  }) as Schema;
  describe(schema, parseDocument(defaults).contents);
  return {
    title: 'Configuration of Dayfold',
    description: 'A file names only what differs from config/default.yaml.',
    ...schema,
  };
}

function describe(schema: Schema, node: unknown): void {
  if (!isMap(node)) return;
  for (const [i, pair] of (node.items as Pair[]).entries()) {
    const property = isScalar(pair.key) ? schema.properties?.[String(pair.key.value)] : undefined;
    if (property === undefined) continue;
    // what is above the first key of a map is a comment of the map
    const text = commentOf(pair) || (i === 0 ? lastParagraph(node.commentBefore) : '');
    if (text !== '') property.description = text;
    describe(property, pair.value);
  }
}

/** The comment beside a value, or above its key. */
function commentOf({ key, value }: Pair): string {
  const { comment } = (value ?? {}) as { comment?: string | null };
  return (
    lastParagraph(comment) ||
    lastParagraph((key as { commentBefore?: string | null }).commentBefore)
  );
}

function lastParagraph(comment: string | null | undefined): string {
  return (comment?.split('\n\n').at(-1) ?? '').replace(/\s+/g, ' ').trim();
}
