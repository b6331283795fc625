import { ConfigError } from '../errors.js';
import { loadModels } from '../model/load.js';
import type { Model } from '../model/model.js';
import { withAddedColumns } from './added_columns.js';
import type { Config } from './config.js';
import { CONTRACT_RULES, contractChecks } from './contract_checks.js';
import { jobFolders, loadSources } from './contracts.js';
import type { Source } from './source.js';
import { didYouMean } from './suggest.js';

/** Checks that look at what the release knows of its partitions, and need no SQL. */
const LEARNED_CHECKS = ['freshness', 'row_count'] as const;
/**
 * Models that the defaults name, also where a deployment's folders replace the built-in
 * one.
 */
const SHIPPED_CHECKS = ['known_users'] as const;

/** All that a deployment computes. */
export interface Jobs {
  readonly sources: readonly Source[];
  /**
   * those of the folders, then the checks that follow from the contracts; without the checks that
   * are off
   */
  readonly models: readonly Model[];
}

/**
 * The models without the questions that are off: no other model reads a report.
 * @throws ConfigError for a question that does not exist
 */
function withoutQuestions({ report, file }: Config, models: readonly Model[]): readonly Model[] {
  const isQuestion = ({ layer, kind }: Model) => layer === 'report' && kind === 'question';
  const known = models.filter(isQuestion).map(({ name }) => name);
  const unknown = Object.keys(report.questions).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new ConfigError(
      `${file}: report.questions.${unknown}: expected one of ${known.join(', ')}, found ` +
        `${unknown}${didYouMean(unknown, known)}`,
    );
  }
  return models.filter((model) => !isQuestion(model) || report.questions[model.name] !== 'off');
}

/** Says which models replace others, for a person. */
export function replacedNotes(models: readonly Model[]): string[] {
  return models.flatMap(({ layer, name, file, replaces }) =>
    replaces === undefined ? [] : [`${layer}/${name} is made by ${file}, in place of ${replaces}`],
  );
}

/** The models without those of the funnel where it has no steps. */
function withoutFunnel({ settings }: Config, models: readonly Model[]): readonly Model[] {
  if (settings.funnel.steps.length > 0) return models;
  const isOfFunnel = ({ sql, reads }: Model): boolean =>
    /\bfunnel_steps\b/.test(sql) ||
    reads.some(({ table }) => table === 'funnel_day' || table === 'funnel_user');
  return models.filter((model) => !isOfFunnel(model));
}

/**
 * Reads contracts and models.
 * @throws ConfigError for one that is off, or a check or question that is configured and does not
 * exist
 */
export async function loadJobs(
  config: Config,
  folders: readonly string[] = jobFolders(config),
): Promise<Jobs> {
  let sources: readonly Source[] = [];
  let models: readonly Model[] = [];
  await ConfigError.ofAll<void>([
    async () => {
      sources = await loadSources(config, folders);
    },
    async () => {
      models = await loadModels(folders);
      requireChecks(config, models);
    },
  ]);
  const all = withAddedColumns(models, sources);
  const isOn = (name: string) => config.checks[name] !== 'off';
  const asked = withoutFunnel(config, withoutQuestions(config, all));
  const chosen = asked.filter(({ layer, name }) => layer !== 'checks' || isOn(name));
  return {
    sources,
    models: [...chosen, ...contractChecks(sources, chosen, CONTRACT_RULES.filter(isOn))],
  };
}

/**
 * @throws ConfigError for a check that has a name of a built-in one, or one that is configured and
 * does not exist
 */
function requireChecks(config: Config, models: readonly Model[]): void {
  const own = models.filter(({ layer }) => layer === 'checks');
  const reserved: readonly string[] = [...CONTRACT_RULES, ...LEARNED_CHECKS];
  const twin = own.find(({ name }) => reserved.includes(name));
  if (twin !== undefined)
    throw new ConfigError(
      `${twin.file}: expected another name, because ${twin.name} is a built-in check: rename ` +
        'the file',
    );
  const known = [...new Set([...reserved, ...SHIPPED_CHECKS, ...own.map(({ name }) => name)])];
  const unknown = Object.keys(config.checks).filter((name) => !known.includes(name));
  if (unknown.length === 0) return;
  throw new ConfigError(
    unknown.map(
      (name) =>
        `${config.file}: checks.${name}: expected one of ${known.join(', ')}, or a model in ` +
        `checks/ of a folder of "jobs", found neither${didYouMean(name, known)}`,
    ),
  );
}
