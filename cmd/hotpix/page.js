// SPDX-License-Identifier: GPL-2.0-or-later
// cmd/hotpix/page.js - thresholds that are moved, and what they flag
'use strict';

const BINS = 400;
const $ = id => document.getElementById(id);
const state = {};

async function inflate(id) {
	const bytes = Uint8Array.from(atob($(id).textContent), c => c.charCodeAt(0));
	const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate'));
	const planes = new Uint8Array(await new Response(stream).arrayBuffer());
	const n = planes.length / 4, out = new Uint8Array(planes.length);
	for (let k = 0; k < 4; k++)
		for (let i = 0; i < n; i++)
			out[4 * i + k] = planes[k * n + i];
	return out.buffer;
}

// Numbers in order, without what is no number.
function sorted(values) {
	return Float32Array.from(values.filter(v => Number.isFinite(v))).sort();
}

function quantile(v, q) {
	return v.length > 0 ? v[Math.floor(q * (v.length - 1))] : 0;
}

// Limits: where a slider goes, and the option of calib-hotpix.
function makeLimits(rms, ave) {
	const live = rms.filter(v => v > 0), middle = quantile(live, 0.5);
	const spread = Float32Array.from(live, v => Math.abs(v - middle)).sort();
	const sigma = 1.4826 * quantile(spread, 0.5);
	return [
		{id: 'rms-high', name: 'rms above', option: '-t', lo: 0, hi: middle + 40 * sigma || 1,
			value: middle + 8 * sigma},
		{id: 'rms-low', name: 'rms below', option: '-b', lo: 0, hi: middle || 1,
			value: state.data.rmsLow},
		{id: 'ave-low', name: 'average below', option: '-B', lo: 0, hi: quantile(ave, 0.5) || 1,
			value: state.data.aveLow},
		{id: 'ave-high', name: 'average above', option: '-T', lo: quantile(ave, 0.5),
			hi: Math.min(state.data.aveHigh, 4 * (quantile(ave, 0.999) || 1)),
			value: state.data.aveHigh},
	];
}

function addLimit(limit) {
	const row = document.createElement('div'), label = document.createElement('label');
	const slider = document.createElement('input'), number = document.createElement('input');
	row.className = 'limit';
	label.textContent = limit.name;
	label.htmlFor = limit.id;
	slider.type = 'range';
	slider.id = limit.id + '-slider';
	slider.setAttribute('aria-label', limit.name);
	Object.assign(slider, {min: 0, max: 1000, step: 1});
	number.type = 'number';
	number.step = 'any';
	number.id = limit.id;
	const toSlider = () => {
		slider.value = 1000 * (limit.value - limit.lo) / (limit.hi - limit.lo);
	};
	number.value = Number(limit.value.toPrecision(6));
	limit.value = Number(number.value);
	toSlider();
	slider.addEventListener('input', () => {
		const v = limit.lo + (limit.hi - limit.lo) * Number(slider.value) / 1000;
		limit.value = Number(v.toPrecision(4));
		number.value = limit.value;
		recount();
	});
	number.addEventListener('input', () => {
		if (number.value === '' || !Number.isFinite(Number(number.value)))
			return;
		limit.value = Number(number.value);
		toSlider();
		recount();
	});
	row.append(label, slider, number);
	$('limits').append(row);
}

// Logarithmic counts over the range of the sliders, and where the thresholds stand.
function drawSpectrum(id, values, lo, hi, marks) {
	const counts = new Float64Array(BINS);
	for (const v of values)
		if (v >= lo && v <= hi)
			counts[Math.min(BINS - 1, Math.floor((v - lo) / (hi - lo) * BINS))]++;
	const most = Math.log(1 + counts.reduce((a, b) => Math.max(a, b)));
	let d = 'M0 100';
	counts.forEach((n, i) => {
		d += `V${(100 - 96 * Math.log(1 + n) / (most || 1)).toFixed(2)}H${i + 1}`;
	});
	const make = (name, attributes) => {
		const e = document.createElementNS('http://www.w3.org/2000/svg', name);
		for (const [key, value] of Object.entries(attributes))
			e.setAttribute(key, value);
		return e;
	};
	const lines = marks.map(m => {
		const x = (m - lo) / (hi - lo) * BINS;
		return make('line', {x1: x, x2: x, y1: 0, y2: 100});
	});
	$(id).replaceChildren($(id).querySelector('title'), make('path', {d: d + 'V100Z'}), ...lines);
}

// What calib-hotpix flags by these four limits alone.
function flagged(i, [high, low, dim, bright]) {
	const r = state.rms[i], a = state.ave[i];
	return (high > 0 && r > high) || r < low || a < dim || a > bright;
}

function recount() {
	const limits = state.limits.map(l => l.value), {rows, cols} = state.data;
	const image = new ImageData(cols, rows), out = new Uint32Array(image.data.buffer);
	let bad = 0;
	for (let i = 0; i < state.rms.length; i++) {
		const cell = state.cells[i];
		const is = flagged(i, limits);
		bad += is;
		if (cell > 0 && (is || out[cell - 1] === 0))
			out[cell - 1] = is ? 0xffff00ff : 0xffb0b0b0;
	}
	$('picture').width = cols;
	$('picture').height = rows;
	$('picture').getContext('2d').putImageData(image, 0, 0);
	$('count').textContent = `${bad} of ${state.rms.length} pixels are flagged ` +
		`(${(100 * bad / state.rms.length).toFixed(4)} %)`;
	$('command').textContent = 'calib-hotpix ' + state.limits.map(l => `${l.option} ${l.value}`).join(' ') +
		' -Z 0 -U 0 -z 0 STAT -o status.npy';
	drawSpectrum('rms-spectrum', state.rms, 0, state.limits[0].hi, [limits[0], limits[1]]);
	drawSpectrum('ave-spectrum', state.ave, 0, state.limits[3].hi, [limits[2], limits[3]]);
}

async function start() {
	state.data = JSON.parse($('data').textContent);
	state.rms = new Float32Array(await inflate('rms'));
	state.ave = new Float32Array(await inflate('ave'));
	state.cells = new Int32Array(await inflate('cells'));
	for (let i = 1; i < state.cells.length; i++)
		state.cells[i] += state.cells[i - 1];
	state.limits = makeLimits(sorted(state.rms), sorted(state.ave));
	state.limits.forEach(addLimit);
	recount();
	document.body.dataset.ready = 'yes';
}

start();
