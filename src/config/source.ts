import type { Contract, ContractColumn } from '../model/contract.js';
import type { TableConfig } from './config.js';

/** A column as this deployment reads it: the contract's, with the configuration's changes. */
export type SourceColumn = ContractColumn & {
  readonly name: string;
  readonly missing: readonly string[];
  /** an expression over the raw text columns, in place of a column of the export */
  readonly sql?: string;
  /** a text that each row has, in place of a column of the export */
  readonly constant?: string;
  /** the configuration adds it to the columns of the contract */
  readonly isAdded?: true;
};

/** A table as this deployment reads it: its contract joined with its part of the configuration. */
export interface Source
  extends Omit<Contract, 'columns'>,
    Omit<TableConfig, 'columns' | 'delivery' | 'key' | 'missing' | 'derived'> {
  readonly columns: readonly SourceColumn[];
  /** of a table without exports, the SQL that makes it from the clean activities */
  readonly derivation: string | null;
}
