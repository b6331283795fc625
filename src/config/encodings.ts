/** Names in use that TextDecoder does not know, by what it calls the encoding. */
const COMMON: Record<string, string> = {
  ansi: 'windows-1252',
  cp932: 'shift_jis',
  cp936: 'gbk',
  cp949: 'euc-kr',
  cp950: 'big5',
  cp65001: 'utf-8',
  'euc-cn': 'gbk',
  'latin-1': 'windows-1252',
  'latin-2': 'iso-8859-2',
  'latin-9': 'iso-8859-15',
  'mac-roman': 'macintosh',
  ms932: 'shift_jis',
  ms936: 'gbk',
  ms949: 'euc-kr',
  ms950: 'big5',
  uhc: 'euc-kr',
  'utf-8-sig': 'utf-8',
  'utf-16-le': 'utf-16le',
  'utf-16-be': 'utf-16be',
  'windows-31j': 'shift_jis',
  'windows-932': 'shift_jis',
  'windows-936': 'gbk',
};

/**
 * What TextDecoder calls the encoding of a name in use, such as CP949 or latin_1; undefined for one
 * that it cannot read.
 */
export function encodingOf(name: string): string | undefined {
  const plain = name.trim().toLowerCase();
  const dashed = plain.replaceAll(/[_ ]/g, '-');
  for (const each of [plain, dashed, COMMON[dashed] ?? COMMON[plain] ?? '']) {
    try {
      return new TextDecoder(each).encoding;
    } catch {
      // it has another name for it, or none
    }
  }
  return undefined;
}
