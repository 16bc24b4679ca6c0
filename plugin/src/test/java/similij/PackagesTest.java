// SPDX-License-Identifier: BSD-2-Clause
package similij;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ij.IJ;
import ij.Prefs;

import java.util.Arrays;
import java.util.TreeSet;
import java.util.stream.Collectors;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;

import org.junit.jupiter.api.Test;

/** The packages stand on one another as their package-info files say. */
class PackagesTest {

	private static final JavaClasses CLASSES = new ClassFileImporter().withImportOption(
		new ImportOption.DoNotIncludeTests()).importPackages("similij");

	private static void onlyOn(final String name, final DescribedPredicate<JavaClass> below) {
		classes().that().resideInAPackage(name).should().onlyDependOnClassesThat(below.or(resideInAnyPackage("java..", name)))
			.check(CLASSES);
	}

	@Test
	void thereAreTheseAndNoOthers() {
		assertEquals(new TreeSet<>(Arrays.asList("similij", "similij.wire", "similij.python", "similij.options",
			"similij.images", "similij.run", "similij.ui")), CLASSES.stream().map(JavaClass::getPackageName).collect(Collectors
				.toCollection(TreeSet::new)));
	}

	@Test
	void noCircle() {
		slices().matching("similij.(*)..").should().beFreeOfCycles().check(CLASSES);
	}

	@Test
	void wireStandsAlone() {
		onlyOn("similij.wire", resideInAnyPackage());
	}

	@Test
	void eachKnowsOnlyWhatIsBelow() {
		onlyOn("similij.python", resideInAnyPackage("similij.wire", "org.apposed..", "org.scijava..", "javax.script")
			.or(belongToAnyOf(IJ.class, Prefs.class)));
		onlyOn("similij.options", resideInAnyPackage("similij.wire"));
		onlyOn("similij.images", resideInAnyPackage("similij.wire", "similij.options", "ij.."));
		onlyOn("similij.run", resideInAnyPackage("similij.wire", "similij.options", "similij.images", "ij..",
			"javax.imageio.."));
		onlyOn("similij.ui", resideInAnyPackage("similij.wire", "similij.options", "similij.python", "similij.images",
			"similij.run", "ij..", "javax.swing.."));
	}

	@Test
	void nothingStaticChanges() {
		fields().that().areStatic().should().haveModifier(JavaModifier.FINAL).check(CLASSES);
	}
}
