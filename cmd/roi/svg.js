// SPDX-License-Identifier: GPL-2.0-or-later
// cmd/roi/svg.js - shapes of the mask editor as SVG, and back
'use strict';

function circlePath(x, y, r) {
	return `M${x + r} ${y}A${r} ${r} 0 1 1 ${x - r} ${y}A${r} ${r} 0 1 1 ${x + r} ${y}Z`;
}

function ringPath(v) {
	return circlePath(v[0], v[1], v[3]) + (v[2] > 0 ? circlePath(v[0], v[1], v[2]) : '');
}

function wedgePath(v) {
	const span = spanOf(v[4], v[5]);
	if (span >= 360)
		return ringPath(v);
	const a = v[4] * DEGREE, b = v[5] * DEGREE, large = span > 180 ? 1 : 0;
	const at = (r, t) => `${v[0] + r * Math.cos(t)} ${v[1] + r * Math.sin(t)}`;
	return `M${at(v[3], a)}A${v[3]} ${v[3]} 0 ${large} 1 ${at(v[3], b)}L${at(v[2], b)}` +
		`A${v[2]} ${v[2]} 0 ${large} 0 ${at(v[2], a)}Z`;
}

// The tag of a shape; what is no element of SVG is a path that says what it is.
function shapeTag(shape, data) {
	const v = shape.v;
	const turn = (x, y) => shape.rot ? ` transform="rotate(${shape.rot} ${x} ${y})"` : '';
	const rect = (x, y, w, h) => `<rect x="${x}" y="${y}" width="${w}" height="${h}"/>`;
	const round = d => `<path fill-rule="evenodd" data-shape="${shape.kind} ${v.join(' ')}" d="${d}"/>`;
	switch (shape.kind) {
	case 'rect':
		return `<rect x="${v[0]}" y="${v[1]}" width="${v[2]}" height="${v[3]}"` +
			`${turn(v[0] + v[2] / 2, v[1] + v[3] / 2)}/>`;
	case 'circle': return `<circle cx="${v[0]}" cy="${v[1]}" r="${v[2]}"/>`;
	case 'ellipse':
		return `<ellipse cx="${v[0]}" cy="${v[1]}" rx="${v[2]}" ry="${v[3]}"${turn(v[0], v[1])}/>`;
	case 'ring': return round(ringPath(v));
	case 'wedge': return round(wedgePath(v));
	case 'polygon': return `<polygon fill-rule="evenodd" points="${v.join(' ')}"/>`;
	case 'line':
		return `<line x1="${v[0]}" y1="${v[1]}" x2="${v[2]}" y2="${v[3]}" ` +
			`stroke-width="${shape.width}" stroke="currentColor"/>`;
	case 'pixel': {
		const tags = [];
		for (let i = 0; i < v.length; i += 2)
			tags.push(rect(Math.round(v[i]), Math.round(v[i + 1]), 0, 0));
		return tags.join('');
	}
	case 'row': return rect(0, v[0], data.cols - 1, v[1] - v[0]);
	case 'col': return rect(v[0], 0, v[1] - v[0], data.rows - 1);
	default: return null;
	}
}

// What SVG cannot hold is returned by name.
function formatSvg(shapes, data) {
	const lost = [];
	const group = (role, colour, opacity) => {
		const tags = [];
		for (const shape of shapes) {
			if (shape.other !== undefined || shape.role !== role)
				continue;
			const tag = shapeTag(shape, data);
			if (tag === null)
				lost.push(shape.kind);
			else
				tags.push('  ' + tag);
		}
		return ` <g id="${role}" fill="${colour}" fill-opacity="${opacity}">\n${tags.join('\n')}\n </g>\n`;
	};
	lost.push(...shapes.filter(s => s.other !== undefined).map(s => s.other));
	const text = `<svg xmlns="http://www.w3.org/2000/svg" width="${data.cols}" height="${data.rows}" ` +
		`viewBox="-0.5 -0.5 ${data.cols} ${data.rows}" data-calib="roi 1" data-rows="${data.rows}" ` +
		`data-cols="${data.cols}">\n` + group('keep', '#00a000', '.25') +
		group('mask', '#c00000', '.35') + '</svg>\n';
	return {text, lost};
}

// ---- reading: what this page writes; everything else is for calib-roi convert ----

function roleOf(element) {
	for (let e = element; e; e = e.parentElement)
		for (const name of ['data-role', 'class', 'inkscape:label', 'id']) {
			const text = (e.getAttribute(name) || '').toLowerCase();
			if (text.startsWith('keep') || text.startsWith('mask'))
				return text.slice(0, 4);
		}
	return 'mask';
}

function shapeOf(element) {
	const number = name => Number(element.getAttribute(name) || 0);
	const shape = {role: roleOf(element), kind: element.tagName, v: [], rot: 0, width: 1};
	const transform = element.getAttribute('transform');
	const turn = transform && transform.match(/^rotate\(\s*([^\s,]+)[\s,]+[^\s,]+[\s,]+[^\s,)]+\s*\)$/);
	if (transform && (!turn || !['rect', 'ellipse'].includes(shape.kind)))
		throw new Error(`a <${shape.kind}> with a transform`);
	if (turn)
		shape.rot = Number(turn[1]);
	const lists = {rect: ['x', 'y', 'width', 'height'], circle: ['cx', 'cy', 'r'],
		ellipse: ['cx', 'cy', 'rx', 'ry'], line: ['x1', 'y1', 'x2', 'y2']};
	if (lists[shape.kind])
		shape.v = lists[shape.kind].map(number);
	else if (shape.kind === 'polygon')
		shape.v = (element.getAttribute('points') || '').trim().split(/[\s,]+/).map(Number);
	else if (element.getAttribute('data-shape'))
		return Object.assign(parseLine(element.getAttribute('data-shape')), {role: shape.role});
	else
		throw new Error(`a <${shape.kind}>`);
	if (shape.kind === 'line')
		shape.width = Math.max(number('stroke-width') || 1, 1);
	checkShape(shape);
	return shape;
}

function parseSvg(text) {
	const page = new DOMParser().parseFromString(text, 'image/svg+xml');
	const root = page.documentElement;
	if (root.tagName !== 'svg' || page.querySelector('parsererror'))
		throw new Error('this is no SVG');
	if (!/^-0?\.5[\s,]+-0?\.5/.test(root.getAttribute('viewBox') || '') ||
	    page.querySelector('g[transform], [data-seg], use, symbol'))
		throw new Error('this SVG was changed by an editor: calib-roi convert makes a text of it');
	const shapes = [];
	for (const e of root.querySelectorAll('rect, circle, ellipse, line, polygon, polyline, path'))
		try {
			shapes.push(shapeOf(e));
		} catch (error) {
			throw new Error(`${error.message}: calib-roi convert makes a text of it`);
		}
	return shapes;
}
