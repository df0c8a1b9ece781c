// SPDX-License-Identifier: GPL-2.0-or-later
// cmd/plot/report.js - a report: the value under the cursor, the pixels of a status bit.  Nothing of the
// page needs it to be read.
'use strict';

async function inflate(id) {
	const bytes = Uint8Array.from(atob(document.getElementById(id).textContent), c => c.charCodeAt(0));
	const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate'));
	return new Uint32Array(await new Response(stream).arrayBuffer());
}

// What a colour of a picture stands for: a range of values.  The ends of the map are the colours of
// what lies beyond them as well.
function readColours(img) {
	const hex = img.dataset.palette, lo = Number(img.dataset.lo), hi = Number(img.dataset.hi);
	const names = ['no data', 'bad', `below ${lo}`, `above ${hi}`, 'no number'], out = new Map();
	for (let i = 255; i >= 0; i--) {
		const step = (hi - lo) / 251, middle = lo + (i - 5 + 0.5) * step;
		const beyond = i === 255 ? ' or above' : i === 5 ? ' or below' : '';
		const text = i < 5 ? names[i]
			: `value ${Number(middle.toPrecision(5))} \u00b1 ${Number((step / 2).toPrecision(2))}${beyond}`;
		const rgb = parseInt(hex.slice(6 * i, 6 * i + 6), 16);
		if (i !== 2 && i !== 3 || !out.has(rgb))
			out.set(rgb, text);
	}
	return out;
}

function placeOf(data, pixel) {
	const part = data.woven ? pixel % data.segments : Math.floor(pixel / data.pixels);
	const at = data.woven ? Math.floor(pixel / data.segments) : pixel % data.pixels;
	return `sensor ${part % data.segments}, row ${Math.floor(at / data.columns)}, column ` +
		`${at % data.columns}`;
}

function watch(img, data) {
	const canvas = document.createElement('canvas');
	canvas.width = img.naturalWidth;
	canvas.height = img.naturalHeight;
	const g = canvas.getContext('2d', {willReadFrequently: true});
	g.drawImage(img, 0, 0);
	const colours = readColours(img), line = img.parentElement.nextElementSibling;
	const allBits = data.bits[Number(img.dataset.gain)];
	img.addEventListener('pointermove', event => {
		const box = img.getBoundingClientRect();
		const col = Math.floor((event.clientX - box.left) / box.width * data.cols);
		const row = Math.floor((event.clientY - box.top) / box.height * data.rows);
		const pixel = data.cells[row * data.cols + col];
		if (!pixel) {
			line.textContent = 'no pixel';
			return;
		}
		const [r, b, c] = g.getImageData(col, row, 1, 1).data;
		const bits = allBits[row * data.cols + col];
		const n = data.shrink;
		const mean = n > 1 ? ` and the ${n} x ${n} pixels there, mean` : '';
		line.textContent = `${placeOf(data, pixel - 1)}${mean}: ` +
			`${colours.get(r << 16 | b << 8 | c) || 'value'}` + (bits ? `, status ${bits}${n > 1 ? ' of any of them' : ''}` : '');
	});
}

// All pixels with the bit, over every picture; a second click takes it away.
function highlight(data, bit) {
	for (const old of document.querySelectorAll('.picture canvas'))
		old.remove();
	if (bit === null)
		return;
	const images = data.bits.map(bits => {
		const image = new ImageData(data.cols, data.rows), out = new Uint32Array(image.data.buffer);
		for (let i = 0; i < out.length; i++)
			if (bits[i] >>> bit & 1)
				out[i] = 0xff0000ff;
		return image;
	});
	for (const picture of document.querySelectorAll('.picture')) {
		const canvas = document.createElement('canvas');
		canvas.width = data.cols;
		canvas.height = data.rows;
		canvas.getContext('2d').putImageData(images[Number(picture.firstChild.dataset.gain)], 0, 0);
		picture.append(canvas);
	}
}

async function start() {
	const data = JSON.parse(document.getElementById('report').textContent);
	data.cells = await inflate('cells');
	data.bits = [];
	for (let gain = 0; gain < data.gains; gain++)
		data.bits.push(await inflate(`bits-${gain}`));
	for (let i = 1; i < data.cells.length; i++)
		data.cells[i] += data.cells[i - 1];
	for (const img of document.querySelectorAll('.picture img')) {
		if (!img.complete)
			await new Promise(done => img.addEventListener('load', done, {once: true}));
		watch(img, data);
	}
	const buttons = document.querySelectorAll('button[data-bit]');
	for (const button of buttons)
		button.addEventListener('click', () => {
			const on = button.getAttribute('aria-pressed') !== 'true';
			for (const b of buttons)
				b.setAttribute('aria-pressed', String(on && b === button));
			highlight(data, on ? Number(button.dataset.bit) : null);
		});
	document.body.dataset.ready = 'yes';
}

start();
