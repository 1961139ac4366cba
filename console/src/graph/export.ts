import { type SvgOptions, toSvg } from '../layout/svg';
import type { Layout } from '../layout/types';
import { download } from '../shared/browser';

/** Browsers refuse larger canvases. */
const MOST_PIXELS = 16_000;

/** Gives the whole drawing as a file. */
export async function exportGraph(kind: 'svg' | 'png', name: string, drawing: Layout, options: SvgOptions) {
  const svg = toSvg(drawing, options);
  download(`${name || 'workflow'}.${kind}`, kind === 'svg' ? svg : await toPng(svg, drawing), 'image/svg+xml');
}

async function toPng(svg: string, { width, height }: Layout): Promise<Blob> {
  const scale = Math.min(2, MOST_PIXELS / Math.max(width, height));
  const image = new Image();
  // A data URL, for the Content-Security-Policy lets images come from nowhere else.
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await image.decode();
  const canvas = document.createElement('canvas');
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) => {
    canvas.toBlob(
      (blob) => (blob ? resolve(blob) : reject(new Error('The graph is too large for a PNG. Export it as SVG.'))),
      'image/png',
    );
  });
}
