import type { SourceColumn } from '../../config/contracts.js';
import { Categories } from './categories.js';
import type { PlainColumn } from './column.js';
import { Doubles, Times, WholeNumbers } from './numbers.js';
import { Texts } from './texts.js';
import type { DateOrder } from './times.js';

/** A column of a type that has a usual way to be written. */
export function plainColumn(column: SourceColumn, order: DateOrder): PlainColumn {
  switch (column.type) {
    case 'integer':
    case 'duration':
      return new WholeNumbers(column);
    case 'double':
      return new Doubles(column);
    case 'timestamp':
      return new Times(column, order);
    case 'category':
      return new Categories(column);
    default:
      return new Texts(column);
  }
}
