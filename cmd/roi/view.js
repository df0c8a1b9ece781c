// SPDX-License-Identifier: GPL-2.0-or-later
// cmd/roi/view.js - the picture of the mask editor: data, colours, zoom
'use strict';

// ---- data of the page ----

async function inflate(id) {
	const element = document.getElementById(id);
	const bytes = Uint8Array.from(atob(element.textContent.trim()), c => c.charCodeAt(0));
	element.remove();
	const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate'));
	return new Response(stream).arrayBuffer();
}

// Values come as four planes of bytes, cells as differences: both deflate well.
function joinPlanes(buffer) {
	const planes = new Uint8Array(buffer), n = planes.length / 4, out = new Uint8Array(4 * n);
	for (let k = 0; k < 4; k++)
		for (let i = 0, from = k * n; i < n; i++)
			out[4 * i + k] = planes[from + i];
	return out.buffer;
}

async function loadData() {
	const data = JSON.parse(document.getElementById('data').textContent);
	data.values = new Float32Array(joinPlanes(await inflate('values')));
	data.cells = new Int32Array(joinPlanes(await inflate('cells')));
	for (let i = 1; i < data.cells.length; i++)
		data.cells[i] += data.cells[i - 1];
	data.pixels = new Int32Array(data.rows * data.cols);	// number + 1, 0: none
	for (let i = 0; i < data.cells.length; i++)
		data.pixels[data.cells[i]] = i + 1;
	return data;
}

// Sensor, row and column of a pixel.
function placeOf(data, pixel) {
	const size = data.segRows * data.segCols;
	const seg = data.stride > 1 ? pixel % data.stride : Math.floor(pixel / size);
	const at = data.stride > 1 ? Math.floor(pixel / data.stride) : pixel % size;
	return {seg, row: Math.floor(at / data.segCols), col: at % data.segCols};
}

// ---- colours ----

function colourTable(data, name) {
	const hex = data.maps[name], table = new Uint32Array(256);
	for (let i = 0; i < 256; i++) {
		const rgb = parseInt(hex.slice(6 * i, 6 * i + 6), 16);
		table[i] = 0xff000000 | (rgb & 255) << 16 | (rgb & 0xff00) | rgb >> 16;
	}
	return table;
}

function paintPicture(data, look) {
	const image = new ImageData(data.cols, data.rows);
	const out = new Uint32Array(image.data.buffer);
	const table = colourTable(data, look.map);
	const f = look.log ? v => v > 0 ? Math.log(v) : -Infinity : v => v;
	const lo = f(look.log ? Math.max(look.lo, Number.MIN_VALUE) : look.lo), hi = f(look.hi);
	for (let i = 0; i < out.length; i++) {
		const p = data.pixels[i];
		if (p === 0)
			continue;
		const v = data.values[p - 1];
		if (!Number.isFinite(v)) {
			out[i] = 0xff808080;
			continue;
		}
		const t = (f(v) - lo) / (hi - lo);
		out[i] = table[t > 0 ? Math.min(255, Math.floor(Math.min(t, 1) * 256)) : 0];
	}
	return image;
}

function paintMask(data, mask) {
	const image = new ImageData(data.cols, data.rows);
	const out = new Uint32Array(image.data.buffer);
	for (let i = 0; i < out.length; i++)
		if (mask[i] === 0 && data.pixels[i] !== 0)
			out[i] = 0x90ff00ff;
	return image;
}

function canvasOf(image) {
	const canvas = document.createElement('canvas');
	canvas.width = image.width;
	canvas.height = image.height;
	canvas.getContext('2d').putImageData(image, 0, 0);
	return canvas;
}

// ---- zoom ----

// Pixel (x,y) is at ((x + 0.5) scale + left, (y + 0.5) scale + top) of the canvas.
class View {
	constructor(canvas, data) {
		this.canvas = canvas;
		this.data = data;
		this.fit();
	}
	resize() {
		const box = this.canvas.getBoundingClientRect(), ratio = window.devicePixelRatio || 1;
		this.canvas.width = Math.max(1, Math.round(box.width * ratio));
		this.canvas.height = Math.max(1, Math.round(box.height * ratio));
		this.ratio = this.canvas.width / Math.max(1, box.width);
	}
	fit() {
		this.resize();
		this.scale = Math.min(this.canvas.width / this.data.cols, this.canvas.height / this.data.rows);
		this.left = (this.canvas.width - this.data.cols * this.scale) / 2;
		this.top = (this.canvas.height - this.data.rows * this.scale) / 2;
	}
	zoom(factor, x, y) {
		const scale = Math.min(Math.max(this.scale * factor, 0.02), 200);
		this.left = x - (x - this.left) * scale / this.scale;
		this.top = y - (y - this.top) * scale / this.scale;
		this.scale = scale;
	}
	pan(dx, dy) {
		this.left += dx;
		this.top += dy;
	}
	// Position in the canvas of a pointer event, and the point of the image there.
	position(event) {
		const box = this.canvas.getBoundingClientRect();
		return [(event.clientX - box.left) * this.ratio, (event.clientY - box.top) * this.ratio];
	}
	toImage([x, y]) {
		return [(x - this.left) / this.scale - 0.5, (y - this.top) / this.scale - 0.5];
	}
	toCanvas([x, y]) {
		return [(x + 0.5) * this.scale + this.left, (y + 0.5) * this.scale + this.top];
	}
	draw(layers) {
		const g = this.canvas.getContext('2d');
		g.setTransform(1, 0, 0, 1, 0, 0);
		g.clearRect(0, 0, this.canvas.width, this.canvas.height);
		g.imageSmoothingEnabled = this.scale < 1;
		g.setTransform(this.scale, 0, 0, this.scale, this.left, this.top);
		for (const layer of layers)
			g.drawImage(layer, 0, 0);
		g.translate(0.5, 0.5);
		return g;
	}
}
