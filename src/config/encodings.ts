/**
 * Names in use that TextDecoder does not know, in small letters without dashes, by what it calls
 * the encoding.
 */
const COMMON: Record<string, string> = {
  ansi: 'windows-1252',
  big5hkscs: 'big5',
  cp932: 'shift_jis',
  cp936: 'gbk',
  cp950: 'big5',
  cp1200: 'utf-16le',
  cp1201: 'utf-16be',
  cp65001: 'utf-8',
  euccn: 'gbk',
  eucjp: 'euc-jp',
  euckr: 'euc-kr',
  iso2022jp: 'iso-2022-jp',
  koi8r: 'koi8-r',
  koi8u: 'koi8-u',
  latin9: 'iso-8859-15',
  maccyrillic: 'x-mac-cyrillic',
  macroman: 'macintosh',
  shiftjis: 'shift_jis',
  tis620: 'windows-874',
  uhc: 'euc-kr',
  utf8sig: 'utf-8',
  utf16: 'utf-16le',
  utf16be: 'utf-16be',
  utf16le: 'utf-16le',
  windows31j: 'shift_jis',
};

/**
 * What TextDecoder calls the encoding of a name in use, such as CP949, latin_1 or KOI8R; undefined
 * for one that it cannot read.
 */
export function encodingOf(name: string): string | undefined {
  const plain = name.trim().toLowerCase();
  const short = plain.replaceAll(/[-_ ]/g, '');
  const [, page = ''] = /^(?:cp|ibm|ms|win|windows)?(\d+)$/.exec(short) ?? [];
  const names = [plain, short, COMMON[short], COMMON[`cp${page}`], `windows-${page}`, `cp${page}`];
  for (const each of names) {
    try {
      if (each !== undefined) return new TextDecoder(each).encoding;
    } catch {
      // it has another name for it, or none
    }
  }
  return undefined;
}
