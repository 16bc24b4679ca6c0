package net.imagej;

import net.imagej.axis.CalibratedAxis;
import net.imglib2.img.Img;

/** What of ImageJ2's interface of this name SimilIJ looks at. */
public class Dataset<T> extends ImgPlus<T> {

	private final ImgPlus<T> imgPlus;
	private final boolean rgbMerged;

	public Dataset(final ImgPlus<T> imgPlus, final boolean rgbMerged, final CalibratedAxis... axes) {
		super(imgPlus, imgPlus.getName(), imgPlus.getSource(), axes);
		this.imgPlus = imgPlus;
		this.rgbMerged = rgbMerged;
	}

	public ImgPlus<T> getImgPlus() {
		return imgPlus;
	}

	public boolean isRGBMerged() {
		return rgbMerged;
	}
}
