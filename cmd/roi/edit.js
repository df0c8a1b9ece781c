// SPDX-License-Identifier: GPL-2.0-or-later
// cmd/roi/edit.js - the mask editor: tools, list of shapes, keys, files
'use strict';

const HANDLE = 7;	// half a side, in pixels of the screen

// What a drag from a to b makes, in the order of the buttons; key, word, shape.
const TOOLS = [
	{key: 'v', name: 'select', title: 'select, move, change'},
	{key: 'h', name: 'pan', title: 'move the image'},
	{key: 'r', name: 'rect', make: (a, b) => [Math.min(a[0], b[0]), Math.min(a[1], b[1]),
		Math.abs(b[0] - a[0]), Math.abs(b[1] - a[1])]},
	{key: 'c', name: 'circle', make: (a, b) => [a[0], a[1], Math.hypot(b[0] - a[0], b[1] - a[1])]},
	{key: 'e', name: 'ellipse', make: (a, b) => [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2,
		Math.abs(b[0] - a[0]) / 2, Math.abs(b[1] - a[1]) / 2]},
	{key: 'i', name: 'ring', title: 'ring: from the centre outward', make(a, b) {
		const r = Math.hypot(b[0] - a[0], b[1] - a[1]);
		return [a[0], a[1], r * 0.7, r];
	}},
	{key: 'w', name: 'wedge', title: 'wedge about the beam, corner to corner', make(a, b) {
		const [x, y] = state.data.centre, polar = p => [Math.hypot(p[0] - x, p[1] - y),
			Math.atan2(p[1] - y, p[0] - x) / DEGREE];
		const [p, q] = [polar(a), polar(b)];
		return [x, y, Math.min(p[0], q[0]), Math.max(p[0], q[0]), p[1],
			q[1] < p[1] ? q[1] + 360 : q[1]];
	}},
	{key: 'p', name: 'polygon', title: 'polygon: a click for each corner, Enter to close'},
	{key: 'l', name: 'line', make: (a, b) => [a[0], a[1], b[0], b[1]]},
	{key: 'b', name: 'pixel', title: 'brush: pixel by pixel'},
];

const KEYS = [['v h r c e i w p l b', 'tools, in the order of the buttons'],
	['k', 'keep or mask'], ['Enter', 'close the polygon'], ['Escape', 'give up the shape in hand'],
	['Delete', 'delete the chosen shape'], ['arrows', 'move it by a pixel, with Shift by 10'],
	['Ctrl+Z, Ctrl+Y', 'undo, redo'], ['+ - 0', 'larger, smaller, whole image'],
	['wheel, space + drag', 'zoom, move the image'], ['s', 'save the shapes'], ['?', 'these keys']];

const state = {data: null, view: null, shapes: [], past: [], future: [], tool: 'select', role: 'mask',
	chosen: -1, hand: null, mask: null, picture: null, overlay: null, space: false};
const $ = id => document.getElementById(id);

// ---- changes ----

function say(text) {
	$('message').textContent = text;
}

function copyOf(shapes) {
	return JSON.parse(JSON.stringify(shapes));
}

// Every change goes through here: it can be undone, and what is seen follows.
function change(shapes, chosen = state.chosen) {
	state.past.push(copyOf(state.shapes));
	state.future = [];
	state.shapes = shapes;
	state.chosen = chosen < shapes.length ? chosen : -1;
	refresh();
}

function step(from, to) {
	if (from.length === 0)
		return;
	to.push(copyOf(state.shapes));
	state.shapes = from.pop();
	state.chosen = -1;
	refresh();
}

function refresh() {
	state.mask = maskOf(state.shapes, state.data);
	state.overlay = canvasOf(paintMask(state.data, state.mask));
	let masked = 0;
	for (const cell of state.data.cells)
		masked += state.mask[cell] === 0;
	const all = state.data.cells.length;
	$('count').textContent = `${masked} of ${all} pixels are masked ` +
		`(${(100 * masked / all).toFixed(3)} %)`;
	$('undo').disabled = state.past.length === 0;
	$('redo').disabled = state.future.length === 0;
	fillList();
	draw();
}

function roundedShape(kind, v, role = state.role) {
	return {role, kind, v: v.map(rounded), rot: 0, width: 1};
}

function add(shape) {
	try {
		checkShape(shape);
		change([...state.shapes, shape], state.shapes.length);
		say('');
	} catch (error) {
		say(error.message);
	}
}

// ---- drawing ----

function outline(g, shape) {
	const v = shape.v;
	g.beginPath();
	switch (shape.kind) {
	case 'rect':
		g.save();
		g.translate(v[0] + v[2] / 2, v[1] + v[3] / 2);
		g.rotate(shape.rot * DEGREE);
		g.rect(-v[2] / 2, -v[3] / 2, v[2], v[3]);
		g.restore();
		break;
	case 'circle': g.arc(v[0], v[1], v[2], 0, 7); break;
	case 'ellipse': g.ellipse(v[0], v[1], v[2], v[3], shape.rot * DEGREE, 0, 7); break;
	case 'ring':
		g.arc(v[0], v[1], v[3], 0, 7);
		g.moveTo(v[0] + v[2], v[1]);
		g.arc(v[0], v[1], v[2], 0, 7);
		break;
	case 'wedge': {
		const end = v[4] + spanOf(v[4], v[5]);
		g.arc(v[0], v[1], v[3], v[4] * DEGREE, end * DEGREE);
		g.arc(v[0], v[1], v[2], end * DEGREE, v[4] * DEGREE, true);
		g.closePath();
		break;
	}
	case 'polygon':
		for (let i = 0; i < v.length; i += 2)
			g.lineTo(v[i], v[i + 1]);
		g.closePath();
		break;
	case 'line':
		g.moveTo(v[0], v[1]);
		g.lineTo(v[2], v[3]);
		break;
	case 'pixel':
		for (let i = 0; i < v.length; i += 2)
			g.rect(Math.round(v[i]) - 0.5, Math.round(v[i + 1]) - 0.5, 1, 1);
		break;
	case 'row': g.rect(-0.5, v[0] - 0.5, state.data.cols, v[1] - v[0] + 1); break;
	case 'col': g.rect(v[0] - 0.5, -0.5, v[1] - v[0] + 1, state.data.rows); break;
	default: break;
	}
	g.stroke();
}

function draw() {
	const layers = [state.picture];
	if ($('show').checked)
		layers.push(state.overlay);
	const g = state.view.draw(layers), thin = 1.5 * state.view.ratio / state.view.scale;
	state.shapes.forEach((shape, i) => {
		if (shape.other !== undefined)
			return;
		g.lineWidth = i === state.chosen ? 2.5 * thin : thin;
		g.strokeStyle = shape.role === 'keep' ? '#00d000' : '#ff3030';
		outline(g, shape);
	});
	if (state.hand && state.hand.shape) {
		g.lineWidth = thin;
		g.strokeStyle = '#ffffff';
		outline(g, state.hand.shape);
	}
	g.setTransform(1, 0, 0, 1, 0, 0);
	g.fillStyle = '#ffffff';
	g.strokeStyle = '#000000';
	g.lineWidth = 1;
	for (const handle of handlesOf(state.shapes[state.chosen])) {
		const [x, y] = state.view.toCanvas(handle.at), d = HANDLE * state.view.ratio / 2;
		g.fillRect(x - d, y - d, 2 * d, 2 * d);
		g.strokeRect(x - d, y - d, 2 * d, 2 * d);
	}
}

// ---- handles: where a shape can be taken, and what it becomes then ----

function handlesOf(shape) {
	if (!shape || shape.other !== undefined)
		return [];
	const v = shape.v, list = [];
	const polar = (r, a) => [v[0] + r * Math.cos(a * DEGREE), v[1] + r * Math.sin(a * DEGREE)];
	const radius = p => Math.hypot(p[0] - v[0], p[1] - v[1]);
	const put = (at, set) => list.push({at, set});
	switch (shape.kind) {
	case 'rect': {
		const mx = v[0] + v[2] / 2, my = v[1] + v[3] / 2, c = Math.cos(shape.rot * DEGREE),
			s = Math.sin(shape.rot * DEGREE);
		put([mx + v[2] / 2 * c - v[3] / 2 * s, my + v[2] / 2 * s + v[3] / 2 * c], p => {
			const w = 2 * Math.abs((p[0] - mx) * c + (p[1] - my) * s);
			const h = 2 * Math.abs((p[1] - my) * c - (p[0] - mx) * s);
			shape.v = [mx - w / 2, my - h / 2, w, h];
		});
		put([mx + v[2] / 2 * c, my + v[2] / 2 * s], p => {
			shape.rot = Math.atan2(p[1] - my, p[0] - mx) / DEGREE;
		});
		break;
	}
	case 'circle': put([v[0] + v[2], v[1]], p => { v[2] = radius(p); }); break;
	case 'ellipse':
		put(polar(v[2], shape.rot), p => {
			v[2] = radius(p);
			shape.rot = Math.atan2(p[1] - v[1], p[0] - v[0]) / DEGREE;
		});
		put(polar(v[3], shape.rot + 90), p => { v[3] = radius(p); });
		break;
	case 'ring':
		put([v[0] + v[2], v[1]], p => { v[2] = Math.min(radius(p), v[3]); });
		put([v[0], v[1] + v[3]], p => { v[3] = Math.max(radius(p), v[2]); });
		break;
	case 'wedge':
		put(polar(v[2], v[4]), p => {
			v[2] = Math.min(radius(p), v[3]);
			v[4] = Math.atan2(p[1] - v[1], p[0] - v[0]) / DEGREE;
		});
		put(polar(v[3], v[5]), p => {
			v[3] = Math.max(radius(p), v[2]);
			v[5] = Math.atan2(p[1] - v[1], p[0] - v[0]) / DEGREE;
			v[5] += v[5] < v[4] ? 360 : 0;
		});
		break;
	case 'polygon': case 'line':
		for (let i = 0; i < v.length; i += 2)
			put([v[i], v[i + 1]], p => {
				v[i] = p[0];
				v[i + 1] = p[1];
			});
		break;
	default: break;
	}
	return list;
}

function moveShape(shape, dx, dy) {
	const v = shape.v;
	if (shape.kind === 'row' || shape.kind === 'col') {
		const d = shape.kind === 'row' ? dy : dx;
		shape.v = v.map(x => x + Math.round(d));
	} else if (['polygon', 'line', 'pixel'].includes(shape.kind)) {
		shape.v = v.map((x, i) => x + (i % 2 ? dy : dx));
	} else if (shape.kind !== 'edge') {
		v[0] += dx;
		v[1] += dy;
	}
}

function roundShape(shape) {
	shape.v = shape.v.map(rounded);
	shape.rot = rounded(shape.rot);
	return shape;
}

function shapeAt(p) {
	for (let i = state.shapes.length - 1; i >= 0; i--) {
		const shape = state.shapes[i];
		if (shape.other !== undefined)
			continue;
		const marks = {rows: state.data.rows, cols: state.data.cols};
		if (AREAS[shape.kind] ? AREAS[shape.kind](shape).inside(p[0], p[1])
			: hitsDrawn(shape, marks, p))
			return i;
	}
	return -1;
}

function hitsDrawn(shape, size, p) {
	const marks = new Uint8Array(size.rows * size.cols);
	drawShape(marks, size, shape, 1);
	return marks[Math.round(p[1]) * size.cols + Math.round(p[0])] === 1;
}

// ---- pointer ----

function onDown(event) {
	const at = state.view.position(event), p = state.view.toImage(at);
	$('canvas').setPointerCapture(event.pointerId);
	$('canvas').focus();
	if (event.button === 1 || state.space || state.tool === 'pan') {
		state.hand = {pan: at};
	} else if (state.tool === 'select') {
		takeShape(at, p);
	} else if (state.tool === 'polygon') {
		addCorner(p);
	} else if (state.tool === 'pixel') {
		state.hand = {brush: true, shape: roundedShape('pixel', p.map(Math.round))};
	} else {
		state.hand = {from: p, shape: null};
	}
	draw();
}

function takeShape(at, p) {
	const near = HANDLE * state.view.ratio;
	const handles = handlesOf(state.shapes[state.chosen]);
	const k = handles.findIndex(h => {
		const [x, y] = state.view.toCanvas(h.at);
		return Math.abs(x - at[0]) <= near && Math.abs(y - at[1]) <= near;
	});
	if (k < 0)
		state.chosen = shapeAt(p);
	if (state.chosen >= 0)
		state.hand = {before: copyOf(state.shapes), handle: k, last: p};
	fillList();
}

function addCorner(p) {
	const hand = state.hand && state.hand.corners ? state.hand : {corners: []};
	const first = hand.corners[0];
	if (hand.corners.length > 2) {
		const [x, y] = state.view.toCanvas(first), [a, b] = state.view.toCanvas(p);
		if (Math.hypot(x - a, y - b) <= HANDLE * state.view.ratio) {
			finishPolygon();
			return;
		}
	}
	hand.corners.push(p.map(rounded));
	hand.shape = roundedShape('polygon', hand.corners.flat());
	state.hand = hand;
}

function finishPolygon() {
	const hand = state.hand;
	state.hand = null;
	if (hand && hand.corners && hand.corners.length > 2)
		add(roundedShape('polygon', hand.corners.flat()));
	else
		say('a polygon has three corners and more');
	draw();
}

function onMove(event) {
	const at = state.view.position(event), p = state.view.toImage(at), hand = state.hand;
	tell(p);
	if (!hand || hand.corners)
		return;
	if (hand.pan) {
		state.view.pan(at[0] - hand.pan[0], at[1] - hand.pan[1]);
		hand.pan = at;
	} else if (hand.brush) {
		brush(hand.shape, p.map(Math.round));
	} else if (hand.from) {
		const tool = TOOLS.find(t => t.name === state.tool);
		hand.shape = roundedShape(state.tool, tool.make(hand.from, p));
	} else {
		changeInHand(hand, p);
	}
	draw();
}

// Every pixel of the way, not only where the pointer was seen.
function brush(shape, p) {
	const n = shape.v.length, [x, y] = [shape.v[n - 2], shape.v[n - 1]];
	const steps = Math.max(Math.abs(p[0] - x), Math.abs(p[1] - y));
	for (let k = 1; k <= steps; k++)
		shape.v.push(x + Math.round((p[0] - x) * k / steps), y + Math.round((p[1] - y) * k / steps));
}

function changeInHand(hand, p) {
	const shape = state.shapes[state.chosen];
	if (!shape || shape.other !== undefined)
		return;
	if (hand.handle >= 0)
		handlesOf(shape)[hand.handle].set(p);
	else
		moveShape(shape, p[0] - hand.last[0], p[1] - hand.last[1]);
	hand.last = p;
	hand.moved = true;
}

function onUp() {
	const hand = state.hand;
	if (!hand || hand.corners)
		return;
	state.hand = null;
	if (hand.brush || (hand.from && hand.shape)) {
		add(hand.shape);
	} else if (hand.moved) {
		const now = copyOf(state.shapes);
		roundShape(now[state.chosen]);
		state.shapes = hand.before;
		change(now);
	}
	draw();
}

function onWheel(event) {
	event.preventDefault();
	state.view.zoom(Math.exp(-event.deltaY / 400), ...state.view.position(event));
	draw();
}

function tell(p) {
	const col = Math.round(p[0]), row = Math.round(p[1]), d = state.data;
	let text = `column ${col}, row ${row}`;
	if (col < 0 || row < 0 || col >= d.cols || row >= d.rows) {
		$('status').textContent = 'outside of the image';
		return;
	}
	const pixel = d.pixels[row * d.cols + col];
	if (pixel === 0) {
		text += ': no pixel';
	} else {
		const at = placeOf(d, pixel - 1);
		text += `: value ${Number(d.values[pixel - 1].toPrecision(7))}, sensor ${at.seg}, ` +
			`its row ${at.row}, column ${at.col}`;
	}
	$('status').textContent = text + (state.mask[row * d.cols + col] ? '' : ', masked');
}

// ---- list ----

function fillList() {
	const list = $('list');
	list.replaceChildren();
	state.shapes.forEach((shape, i) => {
		const item = document.createElement('li'), row = document.createElement('span');
		const text = document.createElement('input');
		text.type = 'text';
		text.value = formatShape(shape);
		text.setAttribute('aria-label', `Shape ${i + 1}`);
		text.addEventListener('change', () => edit(i, text));
		text.addEventListener('focus', () => choose(i));
		row.append(text);
		if (shape.other === undefined)
			row.append(button(shape.role, `Keep or mask, shape ${i + 1}`, () => turnRole(i)));
		else
			row.append('not shown');
		row.append(button('Delete', `Delete shape ${i + 1}`, () => remove(i)));
		item.className = i === state.chosen ? 'chosen' : '';
		item.append(row);
		list.append(item);
	});
}

function button(text, title, action) {
	const b = document.createElement('button');
	b.type = 'button';
	b.textContent = text;
	b.title = title;
	b.addEventListener('click', action);
	return b;
}

function choose(i) {
	if (state.chosen === i)
		return;
	state.chosen = i;
	[...$('list').children].forEach((e, k) => { e.className = k === i ? 'chosen' : ''; });
	draw();
}

function edit(i, input) {
	try {
		const shape = parseLine(input.value);
		if (shape === null)
			throw new Error('an empty line is no shape; Delete removes it');
		const shapes = copyOf(state.shapes);
		shapes[i] = shape.other === undefined ? roundShape(shape) : shape;
		change(shapes, i);
		say('');
	} catch (error) {
		say(error.message);
		input.value = formatShape(state.shapes[i]);
	}
}

function turnRole(i) {
	const shapes = copyOf(state.shapes);
	shapes[i].role = shapes[i].role === 'keep' ? 'mask' : 'keep';
	change(shapes, i);
}

function remove(i) {
	if (i >= 0 && i < state.shapes.length)
		change(state.shapes.filter((s, k) => k !== i), -1);
}

// ---- files ----

function download(name, text, type) {
	const a = document.createElement('a');
	a.href = URL.createObjectURL(new Blob([text], {type}));
	a.download = name;
	document.body.append(a);
	a.click();
	a.remove();
	setTimeout(() => URL.revokeObjectURL(a.href), 10000);
}

function saveText() {
	download('shapes.txt', formatText(state.shapes, state.data), 'text/plain');
}

function saveSvg() {
	const {text, lost} = formatSvg(state.shapes, state.data);
	say(lost.length > 0 ? `SVG cannot hold: ${lost.join('; ')}. Save shapes keeps all.` : '');
	download('shapes.svg', text, 'image/svg+xml');
}

async function open(file) {
	try {
		const text = await file.text();
		const shapes = /^\s*</.test(text) ? parseSvg(text) : parseText(text);
		change([...state.shapes, ...shapes], -1);
		say(`${shapes.length} shapes of ${file.name}`);
	} catch (error) {
		say(`${file.name}: ${error.message}`);
	}
}

// ---- controls ----

function setTool(name) {
	state.tool = name;
	state.hand = null;
	for (const b of $('tools').children)
		b.setAttribute('aria-pressed', String(b.dataset.tool === name));
	$('canvas').style.cursor = name === 'select' ? 'default' : name === 'pan' ? 'grab' : 'crosshair';
	draw();
}

function setRole(role) {
	state.role = role;
	$('role').textContent = role;
	$('role').className = role;
}

function setLook() {
	const lo = Number($('lo').value), hi = Number($('hi').value);
	if ($('lo').value === '' || $('hi').value === '' || !(lo < hi)) {
		say('the lower value of the colours must be below the upper one');
		return;
	}
	say('');
	state.picture = canvasOf(paintPicture(state.data, {lo, hi, log: $('log').checked,
		map: $('map').value}));
	draw();
}

function zoomMiddle(factor) {
	state.view.zoom(factor, state.view.canvas.width / 2, state.view.canvas.height / 2);
	draw();
}

function onKey(event) {
	const typing = event.target.matches('input[type="text"], input[type="number"], select');
	if (typing || event.altKey)
		return;
	if (event.ctrlKey || event.metaKey) {
		const key = event.key.toLowerCase();
		if (key === 'z' && !event.shiftKey)
			step(state.past, state.future);
		else if (key === 'y' || key === 'z')
			step(state.future, state.past);
		else
			return;
		event.preventDefault();
		return;
	}
	if (pressed(event))
		event.preventDefault();
}

function pressed(event) {
	const tool = TOOLS.find(t => t.key === event.key), arrows = {ArrowLeft: [-1, 0],
		ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]};
	const actions = {k: () => setRole(state.role === 'keep' ? 'mask' : 'keep'), Enter: finishPolygon,
		Escape: () => { state.hand = null; draw(); }, Delete: () => remove(state.chosen),
		Backspace: () => remove(state.chosen), '+': () => zoomMiddle(1.5), '=': () => zoomMiddle(1.5),
		'-': () => zoomMiddle(1 / 1.5), 0: () => { state.view.fit(); draw(); }, s: saveText,
		'?': showKeys, ' ': () => { state.space = true; }};
	if (event.key === 'Enter' && !(state.hand && state.hand.corners))
		return false;
	if (event.key === ' ' && event.target.matches('button, input'))
		return false;
	if (tool)
		setTool(tool.name);
	else if (arrows[event.key])
		nudge(arrows[event.key], event.shiftKey ? 10 : 1);
	else if (actions[event.key])
		actions[event.key]();
	else
		return false;
	return true;
}

function nudge([dx, dy], by) {
	const shapes = copyOf(state.shapes), shape = shapes[state.chosen];
	if (!shape || shape.other !== undefined)
		return;
	moveShape(shape, dx * by, dy * by);
	roundShape(shape);
	change(shapes);
}

function showKeys() {
	const rows = KEYS.map(([key, what]) => {
		const tr = document.createElement('tr');
		for (const text of [key, what])
			tr.append(Object.assign(document.createElement('td'), {textContent: text}));
		return tr;
	});
	const table = document.createElement('table');
	table.append(...rows);
	$('keys').replaceChildren(table, button('Close', 'Close', () => $('keys').close()));
	$('keys').showModal();
}

function connect() {
	for (const tool of TOOLS) {
		const b = button(tool.name === 'pixel' ? 'brush' : tool.name,
			`${tool.title || tool.name} (${tool.key})`, () => setTool(tool.name));
		b.dataset.tool = tool.name;
		$('tools').append(b);
	}
	for (const name of Object.keys(state.data.maps))
		$('map').append(new Option(name, name));
	const clicks = {role: () => setRole(state.role === 'keep' ? 'mask' : 'keep'),
		undo: () => step(state.past, state.future), redo: () => step(state.future, state.past),
		fit: () => { state.view.fit(); draw(); }, in: () => zoomMiddle(1.5),
		out: () => zoomMiddle(1 / 1.5), help: showKeys, 'save-text': saveText, 'save-svg': saveSvg};
	for (const [id, action] of Object.entries(clicks))
		$(id).addEventListener('click', action);
	for (const id of ['lo', 'hi', 'log', 'map'])
		$(id).addEventListener('change', setLook);
	$('show').addEventListener('change', draw);
	$('open').addEventListener('change', event => {
		if (event.target.files.length > 0)
			open(event.target.files[0]);
		event.target.value = '';
	});
	const canvas = $('canvas');
	canvas.addEventListener('pointerdown', onDown);
	canvas.addEventListener('pointermove', onMove);
	canvas.addEventListener('pointerup', onUp);
	canvas.addEventListener('pointercancel', onUp);
	canvas.addEventListener('dblclick', () => { if (state.hand && state.hand.corners) finishPolygon(); });
	canvas.addEventListener('wheel', onWheel, {passive: false});
	document.addEventListener('keydown', onKey);
	document.addEventListener('keyup', event => {
		if (event.key === ' ')
			state.space = false;
	});
	window.addEventListener('resize', () => { state.view.fit(); draw(); });
	window.addEventListener('beforeunload', event => {
		if (state.past.length > 0 && !state.data.quiet)
			event.preventDefault();
	});
}

async function start() {
	try {
		state.data = await loadData();
		state.shapes = parseText(state.data.shapes);
	} catch (error) {
		$('status').textContent = `The page cannot be shown: ${error.message}`;
		return;
	}
	state.view = new View($('canvas'), state.data);
	connect();
	$('lo').value = state.data.range[0];
	$('hi').value = state.data.range[1];
	$('log').checked = state.data.log;
	$('map').value = state.data.map;
	state.overlay = document.createElement('canvas');
	state.picture = canvasOf(paintPicture(state.data, {lo: state.data.range[0],
		hi: state.data.range[1], log: state.data.log, map: state.data.map}));
	$('status').textContent = 'Move over the image to read values.';
	refresh();
	setTool('select');
	setRole('mask');
	document.body.dataset.ready = 'yes';
}

start();
